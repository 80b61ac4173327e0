// Three instances, one of which goes wrong. No caller notices; the mesh says what it thinks of each, and follows another policy while it runs.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultRuntime, memoryConfigStore, silentLogger, TuttiError } from '@tutti/core';
import { memoryBackend, ServiceDiscovery } from '@tutti/discovery';
import { type MeshPolicy, ServiceMesh } from '@tutti/mesh';

const policy: MeshPolicy = {
  defaults: {
    balance: 'round-robin', // so that this page can say who is asked; the default, peak-ewma, would hardly ask the broken one at all
    timeout: '5s',
    outliers: { consecutiveFailures: 3 },
    retry: { initialDelay: '1ms' },
  },
};
const config = memoryConfigStore();
await config.put('mesh/policy', policy, 0, 'ada');

const discovery = new ServiceDiscovery({ backend: memoryBackend() });
const runtime = { ...defaultRuntime, logger: silentLogger }; // it would log the ejection and the refused policy
const mesh = new ServiceMesh({ endpoints: discovery, registry: discovery, config, policyKey: 'mesh/policy', runtime });
await discovery.start();
await mesh.start();

const asked = new Map<string, number>();
let broken = true;
const servers = await Promise.all(
  ['a', 'b', 'c'].map(async (instanceId) => {
    const server = createServer((_request, response) => {
      asked.set(instanceId, (asked.get(instanceId) ?? 0) + 1);
      response.writeHead(broken && instanceId === 'b' ? 503 : 200).end(instanceId);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return { instanceId, server, port: (server.address() as AddressInfo).port };
  }),
);
const endpoints = await Promise.all(
  servers.map(({ instanceId, port }) => mesh.registerEndpoint({ serviceName: 'voice', instanceId, host: '127.0.0.1', port })),
);

const get = async (): Promise<number> => (await mesh.call('voice', { method: 'GET', path: '/' })).status;
const explain = (): void => {
  for (const { instanceId, eligible, reasons } of mesh.explain('voice').endpoints) {
    console.log(`  ${instanceId}: ${eligible ? 'may be asked' : reasons.join(', ')}`);
  }
};

const statuses: number[] = [];
for (let each = 0; each < 60; each++) statuses.push(await get());
console.log(`${statuses.filter((status) => status === 200).length} of 60 calls were answered, b was asked ${asked.get('b')} times`);
explain();

broken = false;
const readmit = mesh.actions().find(({ name }) => name === 'readmit'); // by hand: tutti act mesh readmit voice/b
await readmit?.run({ target: 'voice/b', actor: 'ada', reason: 'it was repaired' });
const [a] = endpoints;
if (a) await discovery.drain(a);
console.log('b is back, and a is about to leave:');
explain();

// A policy that is wrong anywhere is refused whole; the last good one stays.
await config.put('mesh/policy', { defaults: { timeout: 45 } }, 1, 'ben');
const { status, reason } = await mesh.health();
console.log(status, reason);

// One that is right holds from the next pick on.
await config.put('mesh/policy', { defaults: { ...policy.defaults, limits: { maxInFlight: 1, maxQueue: 0 } } }, 2, 'ada');
const both = await Promise.allSettled([get(), get()]);
for (const outcome of both) {
  if (outcome.status === 'fulfilled') console.log('answered', outcome.value);
  else console.log('refused', TuttiError.is(outcome.reason) && outcome.reason.code);
}

await mesh.stop();
await discovery.stop();
for (const { server } of servers) server.close();
