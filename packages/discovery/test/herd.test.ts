import { testRuntime } from '@tutti/core/testing';
import { type DiscoveryBackend, MemoryRegistry, memoryBackend, ServiceDiscovery } from '@tutti/discovery';
import { describe, expect, it } from 'vitest';

const clients = 1_000;
const bucketMs = 100;

type Call = 'put' | 'renew' | 'watch';

interface Herd {
  /** The calls of a kind that reached the registry since it was back, in each tenth of a second. */
  readonly buckets: Readonly<Record<Call, readonly number[]>>;
  readonly registered: number;
}

/** Many processes that began at the same moment lose their registry for a while, and get it back empty. */
async function restart(awayMs: number, randomness: 'random' | 'none'): Promise<Herd> {
  const seeded = testRuntime(7);
  const runtime = randomness === 'random' ? seeded : { ...seeded, random: () => 0.5 };
  let registry = new MemoryRegistry({ runtime });
  let line = new AbortController();
  let backAt = Number.POSITIVE_INFINITY;
  const buckets: Record<Call, number[]> = { put: [], renew: [], watch: [] };
  const through = <T>(call: Call, work: (backend: DiscoveryBackend) => Promise<T>): Promise<T> => {
    if (line.signal.aborted) return Promise.reject(new Error('away'));
    const bucket = Math.floor((runtime.clock.now() - backAt) / bucketMs);
    if (bucket >= 0) buckets[call][bucket] = (buckets[call][bucket] ?? 0) + 1;
    return work(memoryBackend({ registry }));
  };
  const backend = (): DiscoveryBackend => ({
    name: 'herded',
    capabilities: { registers: true },
    put: (...args) => through('put', (inner) => inner.put(...args)),
    renew: (...args) => through('renew', (inner) => inner.renew(...args)),
    mark: (...args) => through('renew', (inner) => inner.mark(...args)),
    remove: (...args) => through('put', (inner) => inner.remove(...args)),
    watch: (name, listener, signal) =>
      through('watch', async (inner) => {
        await inner.watch(name, listener, AbortSignal.any([signal, line.signal]));
        if (!signal.aborted) throw new Error('lost');
      }),
    close: async () => {},
  });
  const herd = Array.from({ length: clients }, () => new ServiceDiscovery({ backend: backend(), runtime }));
  await Promise.all(
    herd.map((one, index) => one.registerService({ serviceName: 'voice', instanceId: `i${index}`, host: 'localhost', port: 8009 })),
  );
  await Promise.all(herd.map((one) => one.ready('chart')));
  await runtime.clock.advance(20_000);

  line.abort();
  registry = new MemoryRegistry({ runtime });
  await runtime.clock.advance(awayMs);
  line = new AbortController();
  backAt = runtime.clock.now();
  await runtime.clock.advance(6_000);

  let registered = 0;
  const end = new AbortController();
  void memoryBackend({ registry }).watch(
    'voice',
    (change) => {
      if (change.kind === 'snapshot') registered = change.endpoints.length;
    },
    end.signal,
  );
  end.abort();
  const full = Object.fromEntries(
    Object.entries(buckets).map(([call, counted]) => [call, Array.from({ length: counted.length }, (_none, at) => counted[at] ?? 0)]),
  ) as Record<Call, number[]>;
  await Promise.all(herd.map((one) => one.stop()));
  return { buckets: full, registered };
}

/** The highest bucket beside the mean over `windowMs`. */
function peakOverMean(buckets: readonly number[], windowMs: number): number {
  const window = buckets.slice(0, Math.ceil(windowMs / bucketMs));
  return Math.max(...window) / (window.reduce((sum, count) => sum + count, 0) / Math.ceil(windowMs / bucketMs));
}

/** A third of the ttl, over which leases are renewed, and the longest pause between two tries to follow. */
const leaseWindowMs = 3_333;
const followWindowMs = 4_000;

describe(`a registry that restarts empty under ${clients} processes`, () => {
  it('is met by them one after the other: no tenth of a second takes three times its share', async () => {
    const { buckets, registered } = await restart(60_000, 'random');
    expect(registered).toBe(clients);
    expect(peakOverMean(buckets.put, leaseWindowMs)).toBeLessThanOrEqual(3);
    expect(peakOverMean(buckets.renew, leaseWindowMs)).toBeLessThanOrEqual(3);
    expect(peakOverMean(buckets.watch, followWindowMs)).toBeLessThanOrEqual(3);
  });

  it('is met so, too, when it was away for no longer than it takes', async () => {
    const { buckets, registered } = await restart(0, 'random');
    expect(registered).toBe(clients);
    expect(peakOverMean(buckets.put, leaseWindowMs)).toBeLessThanOrEqual(3);
  });

  it('is met by all at once where nothing is random (control)', async () => {
    const { buckets, registered } = await restart(60_000, 'none');
    expect(registered).toBe(clients);
    expect(peakOverMean(buckets.put, leaseWindowMs)).toBeGreaterThan(10);
    expect(peakOverMean(buckets.watch, followWindowMs)).toBeGreaterThan(10);
  });
});
