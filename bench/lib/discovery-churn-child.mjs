// A process that follows one service of many endpoints, of which so and so many change each second. Prints what that costs it.
import { MemoryRegistry, memoryBackend, ServiceDiscovery } from '../../packages/discovery/src/index.ts';

const { endpoints, changes, seconds, followers } = JSON.parse(process.argv[2]);
const registry = new MemoryRegistry();
const writer = memoryBackend({ registry });
const life = (index, begun) => ({
  serviceName: 'work',
  instanceId: `i${index}`,
  incarnation: `i${index}#${begun}`,
  host: `10.0.${index >> 8}.${index & 255}`,
  port: 8009,
  version: '1.2.0',
  zone: 'north',
  weight: 1,
  tags: ['a', 'b'],
  metadata: { rack: `${index % 40}` },
  state: 'ready',
});
const heapMiB = () => {
  globalThis.gc();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

const before = heapMiB();
for (let index = 0; index < endpoints; index++) await writer.put(life(index, 0), 3_600_000);
const registryMiB = heapMiB() - before;
const discovery = new ServiceDiscovery({ backend: memoryBackend({ registry }) });
let heard = 0;
for (let index = 0; index < followers; index++) discovery.watchEndpoints('work', () => heard++);
await discovery.ready('work');
const knownMiB = heapMiB() - before - registryMiB;

const begun = new Uint32Array(endpoints);
let changed = 0;
let looked = 0;
const cpu = process.cpuUsage();
const begunAt = performance.now();
const late = [];
while (performance.now() - begunAt < seconds * 1_000) {
  const due = Math.floor(((performance.now() - begunAt) / 1_000) * changes) - changed;
  for (let index = 0; index < due; index++, changed++) {
    const which = ((changed >> 1) * 7_919) % endpoints; // falls ill, and begins anew
    if (changed % 2) await writer.put(life(which, ++begun[which]), 3_600_000);
    else await writer.mark(life(which, begun[which]), 'unhealthy');
  }
  for (let index = 0; index < 10; index++) looked += discovery.lookup('work').length > 0 ? 1 : 0; // a lookup after changes makes its list anew
  const slept = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 5));
  late.push(performance.now() - slept - 5);
}
const { user, system } = process.cpuUsage(cpu);
const wallMs = performance.now() - begunAt;
late.sort((a, b) => a - b);
const row = {
  endpoints,
  changesPerSecond: changed / (wallMs / 1_000),
  cpuPct: ((user + system) / 1_000 / wallMs) * 100,
  registryMiB,
  knownMiB,
  grownMiB: heapMiB() - before - registryMiB - knownMiB,
  lateP99Ms: late[Math.floor(late.length * 0.99)],
  heard: heard / followers,
  changed,
  looked,
};
console.log(`ROW ${JSON.stringify(row)}`);
await discovery.stop();
process.exit(0);
