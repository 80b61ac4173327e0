// Lookups: what the way of every request pays to know where a service is. `extra` is the heap that a million of them leave behind.
import { MemoryRegistry, memoryBackend, ServiceDiscovery } from '../../../packages/discovery/src/index.ts';

export const sizes = [3, 100, 10_000];
const serviceName = 'work';

function measured(look, size, close = () => {}) {
  let found = 0;
  let looked = 0;
  const run = (n) => {
    for (let i = 0; i < n; i++) found += look().length;
    looked += n;
  };
  return {
    run,
    check: () => {
      if (found !== looked * size) throw new Error('a lookup found something else');
    },
    extra: () => {
      run(1_000);
      globalThis.gc();
      const before = process.memoryUsage().heapUsed;
      run(1_000_000);
      globalThis.gc();
      return { growthKiB: (process.memoryUsage().heapUsed - before) / 1_024 };
    },
    close,
  };
}

async function discoveryOf(size) {
  const registry = new MemoryRegistry();
  const backend = memoryBackend({ registry });
  for (let index = 0; index < size; index++) {
    const instanceId = `i${index}`;
    await backend.put(
      { serviceName, instanceId, incarnation: `${instanceId}#1`, host: '10.0.0.1', port: 1 + index, weight: 1, tags: ['a'], metadata: {}, state: 'ready' },
      3_600_000,
    );
  }
  const discovery = new ServiceDiscovery({ backend });
  await discovery.ready(serviceName);
  return discovery;
}

export default sizes.flatMap((size) => {
  const named = (name, setup, goals) => ({ name: `${name}, ${size}`, group: `${size} endpoints`, setup, goals });
  return [
    named('bare Map.get', async () => {
      const services = new Map([[serviceName, Array.from({ length: size }, (_, index) => ({ port: index }))]]);
      return measured(() => services.get(serviceName), size);
    }),
    named('lookup', async () => {
      const discovery = await discoveryOf(size);
      return measured(() => discovery.lookup(serviceName), size, () => discovery.stop());
    }),
    named('lookup of a tenant', async () => {
      const discovery = await discoveryOf(size);
      const acme = discovery.forTenant('acme');
      return measured(() => acme.lookup(serviceName), 0, () => discovery.stop());
    }),
    named('await getService', async () => {
      const discovery = await discoveryOf(size);
      let found = 0;
      let looked = 0;
      return {
        async run(n) {
          for (let i = 0; i < n; i++) found += (await discovery.getService(serviceName)).length;
          looked += n;
        },
        check: () => {
          if (found !== looked * size) throw new Error('a lookup found something else');
        },
        close: () => discovery.stop(),
      };
    }),
  ];
});
