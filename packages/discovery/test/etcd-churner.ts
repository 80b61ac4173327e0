// node etcd-churner.ts '{"hosts":[…],"keyPrefix":"…","name":"…"}'
// Registers, drains and deregisters two instances of `voice` at random, whatever the registry answers, until SIGHUP. Then it registers both once more,
// as version `last`, and keeps them until SIGTERM, on which it leaves them to their leases.
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type Endpoint, TuttiError } from '@tutti/core';
import { ServiceDiscovery } from '@tutti/discovery';
import { etcdBackend } from '@tutti/discovery/etcd';
import { quiet } from './etcd-registry.ts';

const { hosts, keyPrefix, name } = JSON.parse(process.argv[2] ?? '{}') as { hosts: string[]; keyPrefix: string; name: string };
const backend = etcdBackend({ hosts, keyPrefix, commandTimeout: '500ms', lookEvery: '500ms', runtime: quiet });
const discovery = new ServiceDiscovery({ backend, ttl: '2s', runtime: quiet });
const held = new Map<number, Endpoint>();

async function register(index: number, version: string): Promise<void> {
  const instance = { serviceName: 'voice', instanceId: `${name}-${index}`, host: '127.0.0.1', port: 8_000 + index, version };
  held.set(index, await discovery.registerService(instance));
}

async function step(): Promise<void> {
  const index = Math.random() < 0.5 ? 0 : 1;
  const endpoint = held.get(index);
  const chance = Math.random();
  if (!endpoint || chance < 0.4) await register(index, 'early');
  else if (chance < 0.7) await discovery.drain(endpoint);
  else {
    held.delete(index);
    await discovery.deregisterService(endpoint);
  }
}

async function unlessAway(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!TuttiError.is(error, 'STORE_UNAVAILABLE')) throw error;
    return false;
  }
}

let churning = true;
process.once('SIGHUP', () => {
  churning = false;
});
while (churning) {
  await unlessAway(step);
  await pause(5);
}
for (const index of [0, 1]) while (!(await unlessAway(() => register(index, 'last')))) await pause(50);
const awake = setInterval(() => {}, 60_000);
await once(process, 'SIGTERM');
clearInterval(awake);
await backend.close();
process.exit(0);
