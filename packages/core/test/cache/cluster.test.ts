import { describe, expect, it } from 'vitest';
import { bytesCodec, Cache, type CacheOptions, scopedKey, shared } from '../../src/cache/index.ts';
import type { KeyValue } from '../../src/ports/key-value.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { sleep } from '../../src/runtime/sleep.ts';
import { type TestRuntime, testRuntime } from '../../src/testing/index.ts';
import { ended } from './house.ts';
import { type MapStore, mapStore, wayTo, withoutVersions } from './map-store.ts';

const key = scopedKey(shared(), 'a');
const tag = scopedKey(shared(), 'orders');

interface Node {
  readonly cache: Cache;
  readonly way: ReturnType<typeof wayTo>;
  readonly get: () => Promise<unknown>;
}

interface Cluster {
  readonly runtime: TestRuntime;
  readonly store: MapStore;
  readonly source: { value: string; tookMs: number; loads: number; failure: unknown };
  readonly nodes: readonly Node[];
}

/** Processes that share a store and a source, on one clock, each with randomness of its own. */
function cluster(size: number, options: Partial<CacheOptions> = {}, over: (store: KeyValue) => KeyValue = (store) => store): Cluster {
  const runtime = testRuntime();
  const store = mapStore(runtime);
  const source: Cluster['source'] = { value: 'v1', tookMs: 0, loads: 0, failure: undefined };
  const load = async (): Promise<string> => {
    source.loads++;
    const { value } = source;
    if (source.tookMs > 0) await sleep(runtime.clock, source.tookMs);
    if (source.failure !== undefined) throw source.failure;
    return value;
  };
  const nodes = Array.from({ length: size }, (_, index): Node => {
    const way = wayTo(over(store));
    const cache = new Cache({
      name: 'test',
      l1: { maxBytes: 1_000_000 },
      l2: way,
      ttl: '60s',
      jitter: 0,
      earlyRefresh: 0,
      runtime: { ...runtime, random: seededRandom(index + 1) },
      ...options,
    });
    return { cache, way, get: () => cache.get(key, load, { tags: [tag] }) };
  });
  return { runtime, store, source, nodes };
}

const node = (of: Cluster, index: number): Node => of.nodes[index] as Node;

describe('processes that share a second level', () => {
  it('load once for all, one after another, and end the value together', async () => {
    const all = cluster(3);
    expect(await node(all, 0).get()).toBe('v1');
    await all.runtime.clock.advance(59_000);
    expect(await node(all, 1).get()).toBe('v1');
    expect(all.source.loads).toBe(1);
    all.source.value = 'v2';
    await all.runtime.clock.advance(1_001); // 60 s after it was written: what the second one took over late is no younger
    expect(await node(all, 1).get()).toBe('v2');
    expect(all.source.loads).toBe(2);
  });

  it('keep absent values and bytes too', async () => {
    const absent = cluster(2, { negativeTtl: '5s' });
    const ask = (index: number): Promise<unknown> =>
      node(absent, index).cache.get(key, async () => {
        absent.source.loads++;
        return null;
      });
    expect([await ask(0), await ask(1)]).toEqual([null, null]);
    expect(absent.source.loads).toBe(1);
    const bytes = cluster(2, { codec: bytesCodec });
    await node(bytes, 0).cache.get(key, async () => new Uint8Array([1, 2]));
    const far = await node(bytes, 1).cache.get(key, async () => new Uint8Array());
    far[0] = 9;
    expect(await node(bytes, 1).cache.get(key, async () => new Uint8Array())).toEqual(new Uint8Array([1, 2]));
  });

  it('share values of any key, however long', async () => {
    const all = cluster(2);
    const long = ['x', 'y'].map((end) => scopedKey(shared(), `${'word '.repeat(1_000)}${end}`));
    for (const { cache } of all.nodes) {
      const found = await Promise.all(long.map((one, index) => cache.get(one, async () => [index, ++all.source.loads], { tags: [one] })));
      expect(found).toEqual([
        [0, 1],
        [1, 2],
      ]);
    }
    expect(node(all, 0).cache.stats().l2Failures).toBe(0);
  });

  it('take what they cannot read for nothing', async () => {
    const all = cluster(1);
    await all.store.set('cache:test:entry:["shared","a"]', new Uint8Array([0, 0, 0, 2, 123, 125, 7]), 10_000);
    expect(await node(all, 0).get()).toBe('v1');
  });
});

describe('one load in all processes (C4)', () => {
  const loads = async (options: Partial<CacheOptions>): Promise<number> => {
    const all = cluster(20, options);
    all.source.tookMs = 700;
    const answers = Promise.all(all.nodes.flatMap(({ get }) => Array.from({ length: 50 }, get)));
    expect(new Set(await ended(all.runtime, answers))).toEqual(new Set(['v1']));
    return all.source.loads;
  };

  it('serves a thousand callers in twenty of them', async () => {
    expect(await loads({ loadLock: '5s' })).toBe(1);
  });

  it('is one in each without the lock: the control', async () => {
    expect(await loads({})).toBe(20);
  });

  it('keeps its lock for as long as it takes', async () => {
    const all = cluster(2, { loadLock: '2s', loadTimeout: '1m' });
    all.source.tookMs = 30_000;
    expect(await ended(all.runtime, Promise.all(all.nodes.map(({ get }) => get())))).toEqual(['v1', 'v1']);
    expect(all.source.loads).toBe(1);
  });

  it('is taken over within the time of the lock when its loader dies', async () => {
    const all = cluster(2, { loadLock: '2s' });
    all.source.tookMs = 60_000;
    const dead = expect(node(all, 0).get()).rejects.toMatchObject({ code: 'CANCELLED' });
    await all.runtime.clock.advance(100);
    node(all, 0).way.cut = true;
    all.source.tookMs = 10;
    const startedAt = all.runtime.clock.now();
    expect(await ended(all.runtime, node(all, 1).get())).toBe('v1');
    const waitedMs = all.runtime.clock.now() - startedAt;
    expect(waitedMs).toBeGreaterThan(1_000);
    expect(waitedMs).toBeLessThan(2_000 + 200 + 50); // the lock, one look, the load
    await ended(all.runtime, node(all, 0).cache.stop());
    await dead;
  });

  it('is left to the next when it fails', async () => {
    const all = cluster(2, { loadLock: '5s' });
    all.source.tookMs = 10;
    all.source.failure = new Error('down');
    const outcomes = await ended(all.runtime, Promise.allSettled(all.nodes.map(({ get }) => get())));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await all.store.get('cache:test:lock:["shared","a"]')).toBeUndefined();
  });
});

describe('a second level that is away (C2)', () => {
  const latencies = async (state: MapStore['state'], options: Partial<CacheOptions> = {}): Promise<{ p99: number; all: Cluster }> => {
    const all = cluster(1, options);
    await node(all, 0).get();
    all.store.state = state;
    all.source.value = 'v2';
    const took: number[] = [];
    for (let index = 0; index < 300; index++) {
      const startedAt = all.runtime.clock.now();
      const one = scopedKey(shared(), 'b', index);
      const asked = node(all, 0).cache.get(one, async () => index, { tags: [tag] });
      let answered = false;
      void asked.then(() => {
        answered = true;
      });
      while (!answered) await all.runtime.clock.advance(1);
      took.push(all.runtime.clock.now() - startedAt);
      await all.runtime.clock.advance(20);
    }
    return { p99: took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)] as number, all };
  };

  it.each(['hangs', 'fails'] as const)('and %s costs less than 30 ms at the 99th percentile', async (state) => {
    for (const options of [{}, { loadLock: '5s' }] as const) {
      const { p99, all } = await latencies(state, options);
      expect(p99).toBeLessThan(30);
      expect(await node(all, 0).cache.health()).toMatchObject({ status: 'degraded' });
      expect(await ended(all.runtime, node(all, 0).get())).toBe('v2');
    }
  });

  it('costs all that it may when it may take long: the control', async () => {
    expect((await latencies('hangs', { l2Timeout: '1s' })).p99).toBeGreaterThan(30);
  });

  it('is left alone by the breaker, and used again when it is back', async () => {
    const { all } = await latencies('hangs');
    const asked = all.store.operations;
    for (let index = 0; index < 100; index++)
      await ended(
        all.runtime,
        node(all, 0).cache.get(scopedKey(shared(), 'c', index), async () => index),
      );
    expect(all.store.operations - asked).toBeLessThan(10);
    all.store.state = 'well';
    await all.runtime.clock.advance(10_000);
    await node(all, 0).cache.set(key, 'back');
    expect(await node(all, 0).cache.health()).toEqual({ status: 'healthy' });
  });

  it('leaves what has no tags as it is, and what has tags for the bound, so the source is asked once in that time', async () => {
    const all = cluster(1, { tagBound: '2s' });
    await node(all, 0).get();
    await node(all, 0).cache.get(scopedKey(shared(), 'untagged'), async () => 'kept');
    all.store.state = 'fails';
    await all.runtime.clock.advance(2_001);
    const before = all.source.loads;
    for (let passed = 0; passed < 10_000; passed += 100) {
      await node(all, 0).get();
      await all.runtime.clock.advance(100);
    }
    expect(all.source.loads - before).toBeLessThanOrEqual(5);
    expect(await node(all, 0).cache.get(scopedKey(shared(), 'untagged'), async () => 'new')).toBe('kept');
    await expect(node(all, 0).cache.invalidateTags([tag])).rejects.toThrow();
  });
});

describe('invalidation by tag in all processes (C6)', () => {
  it('is kept to by readers who come after the bound, and asks the store no more than twice in that time', async () => {
    const all = cluster(2, { tagBound: '1s' });
    await node(all, 1).get();
    await node(all, 0).get();
    all.source.value = 'v2';
    await node(all, 0).cache.invalidateTags([tag]);
    expect(await node(all, 0).get()).toBe('v2');
    await all.runtime.clock.advance(1_001);
    expect(await node(all, 1).get()).toBe('v2');
    const asked = all.store.operations;
    for (let read = 0; read < 1_000; read++) {
      await node(all, 1).get();
      await all.runtime.clock.advance(10);
    }
    expect(all.store.operations - asked).toBeLessThanOrEqual(21);
  });

  it('needs one load in all, also when what it replaces would have lasted longer', async () => {
    const all = cluster(2);
    await node(all, 0).get();
    await node(all, 1).get();
    all.source.value = 'v2';
    await node(all, 0).cache.invalidateTags([tag]);
    const short = { tags: [tag], ttl: '20s' } as const;
    expect(await node(all, 0).cache.get(key, async () => 'v2', short)).toBe('v2');
    await all.runtime.clock.advance(10_000);
    expect(await ended(all.runtime, node(all, 1).get())).toBe('v2');
    expect(all.source.loads).toBe(1); // of v1; v2 came from the other process
  });

  it('is kept to by readers who come while a load from before it is still under way', async () => {
    const all = cluster(2, { tagBound: '1s' });
    all.source.tookMs = 3_000;
    const early = node(all, 1).get();
    await all.runtime.clock.advance(100);
    all.source.value = 'v2';
    await node(all, 0).cache.invalidateTags([tag]);
    await all.runtime.clock.advance(1_001);
    const late = [node(all, 1).get(), node(all, 1).get()];
    expect(await ended(all.runtime, Promise.all([early, ...late]))).toEqual(['v1', 'v2', 'v2']);
    expect(all.source.loads).toBe(2);
  });

  const staleWrite = async (over?: (store: KeyValue) => KeyValue): Promise<unknown> => {
    const all = cluster(3, { tagBound: '1s' }, over);
    all.source.tookMs = 500;
    const early = node(all, 1).get(); // reads v1 from the source, and is slow to write it
    await all.runtime.clock.advance(100);
    all.source.value = 'v2';
    await node(all, 0).cache.invalidateTags([tag]);
    expect(await ended(all.runtime, early)).toBe('v1');
    await all.runtime.clock.advance(1_001);
    return ended(all.runtime, node(all, 2).get());
  };

  it('is not undone by a load that began before it and wrote after it', async () => {
    expect(await staleWrite()).toBe('v2');
  });

  it('is undone by that load when versions are not looked at: the control', async () => {
    expect(await staleWrite(withoutVersions)).toBe('v1');
  });
});
