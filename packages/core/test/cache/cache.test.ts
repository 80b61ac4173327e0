import { describe, expect, expectTypeOf, it } from 'vitest';
import { Cache, type CacheOptions, type EntryOptions, principal, scopedKey, shared, tenant } from '../../src/cache/index.ts';
import { Call } from '../../src/call/call.ts';
import { testRuntime } from '../../src/testing/index.ts';
import { ended, failureOf, house, key } from './house.ts';
import { mapStore } from './map-store.ts';

describe('a value', () => {
  it('is loaded once and served until its time, however often it is read', async () => {
    const { cache, runtime, source } = house();
    for (let read = 0; read < 99; read++) {
      expect(await cache.get(key('a'), source.load)).toBe('v1');
      await runtime.clock.advance(100);
    }
    expect(source.loads).toBe(1);
    await runtime.clock.advance(100);
    await cache.get(key('a'), source.load);
    expect(source.loads).toBe(2);
  });

  it('has the type of its load', async () => {
    const { cache } = house();
    const order = await cache.get(key('a'), async () => ({ id: 7, lines: ['x'] }));
    expectTypeOf(order).toEqualTypeOf<{ id: number; lines: string[] }>();
    expect(order.id).toBe(7);
  });

  it('cannot be changed by one reader for another, nor by who loaded it', async () => {
    const { cache } = house();
    const loaded = { lines: ['x'] };
    const first = await cache.get(key('a'), async () => loaded);
    loaded.lines.push('y');
    expect(() => first.lines.push('z')).toThrow(TypeError);
    expect(await cache.get(key('a'), async () => loaded)).toEqual({ lines: ['x'] });
    expect(await cache.get(key('a'), async () => loaded)).toBe(first);
  });

  it('that is absent is kept for its own time, and not at all by default', async () => {
    const kept = house({ negativeTtl: '2s', staleIfError: '1m' });
    kept.source.value = undefined;
    for (let read = 0; read < 3; read++) expect(await kept.cache.get(key('a'), kept.source.load)).toBeUndefined();
    expect(kept.source.loads).toBe(1);
    await kept.runtime.clock.advance(2_000);
    kept.source.value = null;
    expect(await kept.cache.get(key('a'), kept.source.load)).toBeNull();
    expect(kept.source.loads).toBe(2);
    const { cache, source } = house();
    source.value = undefined;
    await cache.get(key('a'), source.load);
    await cache.get(key('a'), source.load);
    expect(source.loads).toBe(2);
  });

  it('can be set, looked at and forgotten', async () => {
    const { cache, source } = house();
    expect(await cache.peek(key('a'))).toBeUndefined();
    await cache.set(key('a'), 'set');
    expect(await cache.peek<string>(key('a'))).toBe('set');
    expect(await cache.get(key('a'), source.load)).toBe('set');
    await cache.delete(key('a'));
    expect(await cache.peek(key('a'))).toBeUndefined();
    expect(source.loads).toBe(0);
  });

  it('that a load under way brings does not replace one that was set or forgotten meanwhile', async () => {
    for (const change of [(cache: Cache) => cache.set(key('a'), 'set'), (cache: Cache) => cache.delete(key('a'))]) {
      const { cache, runtime, source } = house();
      source.tookMs = 100;
      const early = cache.get(key('a'), source.load);
      await runtime.clock.advance(50);
      await change(cache);
      source.value = 'v2';
      expect(await ended(runtime, early)).toBe('v1');
      expect(await ended(runtime, cache.get(key('a'), source.load))).not.toBe('v1');
    }
  });

  it('that the codec cannot keep is an error, not a surprise for the second reader', async () => {
    const { cache } = house();
    expect(await failureOf(cache.get(key('a'), async () => ({ at: new Date(0) })))).toMatchObject({
      code: 'INVALID_DATA',
      details: { path: 'value.at', problem: 'cannot be kept as JSON, got an instance of Date' },
    });
  });
});

describe('one load (C4)', () => {
  it('serves a thousand callers', async () => {
    const { cache, runtime, source } = house();
    source.tookMs = 100;
    const all = Promise.all(Array.from({ length: 1_000 }, () => cache.get(key('a'), source.load)));
    expect(new Set(await ended(runtime, all))).toEqual(new Set(['v1']));
    expect(source.loads).toBe(1);
  });

  it('goes on for the others when one caller leaves, each by its own deadline', async () => {
    const { cache, runtime, source } = house();
    source.tookMs = 100;
    const hasty = Call.root({ runtime, deadline: runtime.clock.now() + 20 });
    const fickle = Call.root({ runtime });
    const outcomes = Promise.all([
      failureOf(cache.get(key('a'), source.load, { call: hasty })),
      failureOf(cache.get(key('a'), source.load, { call: fickle })),
      cache.get(key('a'), source.load, { call: Call.root({ runtime }) }),
    ]);
    await runtime.clock.advance(10);
    fickle.cancel('changed my mind');
    const [late, gone, served] = await ended(runtime, outcomes);
    expect(late).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(gone).toBe('changed my mind');
    expect(served).toBe('v1');
    expect(source.loads).toBe(1);
  });

  it('is cancelled when all callers have left, and the next begins anew', async () => {
    const { cache, runtime, source } = house();
    source.tookMs = 100;
    let loading: Call | undefined;
    const load = (call: Call): Promise<unknown> => {
      loading = call;
      return source.load(call);
    };
    const calls = [Call.root({ runtime }), Call.root({ runtime })];
    const outcomes = calls.map((call) => failureOf(cache.get(key('a'), load, { call })));
    await runtime.clock.advance(10);
    calls[0]?.cancel('one');
    expect(loading?.cancelled).toBe(false);
    calls[1]?.cancel('two');
    expect(loading?.cancelled).toBe(true);
    expect(await Promise.all(outcomes)).toEqual(['one', 'two']);
    expect(await ended(runtime, cache.get(key('a'), source.load))).toBe('v1');
    expect(source.loads).toBe(2);
  });

  it('does not begin for a call that is over', async () => {
    const { cache, runtime, source } = house();
    const over = Call.root({ runtime, deadline: runtime.clock.now() });
    expect(await failureOf(cache.get(key('a'), source.load, { call: over }))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(source.loads).toBe(0);
  });

  it('is ended by its own time when nobody sets one', async () => {
    const { cache, runtime, source } = house({ loadTimeout: '2s' });
    source.tookMs = 60_000;
    const failure = failureOf(cache.get(key('a'), source.load));
    await runtime.clock.advance(2_000);
    expect(await failure).toMatchObject({ code: 'TIMEOUT', details: { timeoutMs: 2_000 } });
  });

  it('hands its failure to all who wait, and keeps nothing of it', async () => {
    const { cache, source } = house();
    source.failure = new Error('down');
    expect(await Promise.all([1, 2].map(() => failureOf(cache.get(key('a'), source.load))))).toEqual([source.failure, source.failure]);
    source.failure = undefined;
    expect(await cache.get(key('a'), source.load)).toBe('v1');
  });

  it('is seen under the identity of the partition and the trace of the caller, and nothing else of the caller', async () => {
    const { cache, runtime } = house();
    const call = Call.root({ runtime, tenant: 'acme', principal: 'ada', idempotencyKey: 'k', baggage: 'user=ada' });
    const seen: Record<string, unknown>[] = [];
    const load = async (inner: Call): Promise<number> => {
      const { tenant: of, principal: by, idempotencyKey, baggage, traceparent } = inner;
      return seen.push({ of, by, idempotencyKey, baggage, sameTrace: traceparent === call.traceparent });
    };
    for (const partition of [shared(), tenant(call), principal(call)]) await cache.get(scopedKey(partition, 'a'), load, { call });
    const nothing = { idempotencyKey: undefined, baggage: undefined, sameTrace: true };
    expect(seen).toEqual([
      { of: undefined, by: undefined, ...nothing },
      { of: 'acme', by: undefined, ...nothing },
      { of: 'acme', by: 'ada', ...nothing },
    ]);
  });
});

describe('tags (C6) in one process', () => {
  const tags: EntryOptions = { tags: [key('orders')] };

  it('forget all their entries at once, and no others', async () => {
    const { cache, source } = house();
    for (const one of ['a', 'b']) await cache.get(key(one), source.load, tags);
    await cache.get(key('c'), source.load);
    source.value = 'v2';
    await cache.invalidateTags([key('orders')]);
    expect(await Promise.all(['a', 'b', 'c'].map((one) => cache.get(key(one), source.load, tags)))).toEqual(['v2', 'v2', 'v1']);
  });

  it('forget what a load brings that began before, and nobody joins that load', async () => {
    const { cache, runtime, source } = house();
    source.tookMs = 100;
    const early = cache.get(key('a'), source.load, tags);
    await runtime.clock.advance(50);
    source.value = 'v2';
    await cache.invalidateTags([key('orders')]);
    const late = cache.get(key('a'), source.load, tags);
    expect(await ended(runtime, Promise.all([early, late]))).toEqual(['v1', 'v2']);
    expect(await cache.get(key('a'), source.load, tags)).toBe('v2');
    expect(source.loads).toBe(2);
  });

  it('of another partition do not touch an entry', async () => {
    const { cache, runtime, source } = house();
    const of = (name: string): ReturnType<typeof tenant> => tenant(Call.root({ runtime, tenant: name }));
    await cache.get(scopedKey(of('acme'), 'a'), source.load, { tags: [scopedKey(of('acme'), 'orders')] });
    await cache.invalidateTags([scopedKey(of('bolt'), 'orders')]);
    await cache.get(scopedKey(of('acme'), 'a'), source.load, { tags: [scopedKey(of('acme'), 'orders')] });
    expect(source.loads).toBe(1);
  });
});

describe('the memory of a cache (C1)', () => {
  const highWater = async (maxBytes: number): Promise<{ most: number; entries: number }> => {
    const { cache, runtime } = house({ l1: { maxBytes } });
    let most = 0;
    for (let index = 0; index < 2_000; index++) {
      await cache.get(key('k', index), async () => ({ index, words: 'x'.repeat(Math.floor(runtime.random() * 4_000)) }));
      most = Math.max(most, cache.stats().bytes);
    }
    return { most, entries: cache.stats().entries };
  };

  it('is never above its cap', async () => {
    const { most, entries } = await highWater(500_000);
    expect(most).toBeLessThanOrEqual(500_000);
    expect(most).toBeGreaterThan(450_000);
    expect(entries).toBeGreaterThan(100);
  });

  it('is above that cap when the cap is higher: the control', async () => {
    expect((await highWater(5_000_000)).most).toBeGreaterThan(500_000);
  });

  it('takes no entry that is heavier alone, which is still served', async () => {
    const { cache } = house({ l1: { maxBytes: 1_000 } });
    expect(await cache.get(key('a'), async () => 'x'.repeat(2_000))).toHaveLength(2_000);
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });
});

describe('the life of a cache', () => {
  it('ends with its loads cancelled', async () => {
    const { cache, runtime, source } = house();
    source.tookMs = 1_000;
    const waiting = failureOf(cache.get(key('a'), source.load));
    await runtime.clock.advance(1);
    await cache.stop();
    expect(await waiting).toMatchObject({ code: 'CANCELLED' });
    expect(await failureOf(cache.get(key('a'), source.load))).toMatchObject({ code: 'NOT_RUNNING' });
    expect((await cache.health()).status).toBe('unhealthy');
  });

  it('is healthy before it is started, and says what it did', async () => {
    const { cache, source } = house();
    await cache.get(key('a'), source.load);
    await cache.get(key('a'), source.load);
    expect(await cache.health()).toEqual({ status: 'healthy' });
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 1, loads: 1, loadFailures: 0, entries: 1 });
  });

  it('begins with every option checked', () => {
    const made =
      (options: object): (() => Cache) =>
      () =>
        new Cache({ name: 'c', l1: { maxBytes: 1 }, ttl: '1s', ...options } as CacheOptions);
    expect(made({ ttl: '0s' })).toThrowError("cache.ttl must be longer than no time, got '0s'");
    expect(made({ ttl: 60 })).toThrowError(/^cache\.ttl must be a duration/);
    expect(made({ name: 'a:b' })).toThrowError(/^cache\.name must be a name of 1 to 100 letters/);
    expect(made({ l1: { maxBytes: 0 } })).toThrowError('cache.l1.maxBytes must be a whole number ≥ 1, got 0');
    expect(made({ loadLock: '5s' })).toThrowError('cache.loadLock needs cache.l2');
    expect(made({ l2: {} })).toThrowError(/^cache\.l2 must be a KeyValue/);
    expect(made({ l2: mapStore(testRuntime()), loadLock: '5s' })).not.toThrow();
  });

  it('refuses what was not minted as a key', async () => {
    const { cache, source } = house();
    // @ts-expect-error a text is not a key
    expect(await failureOf(cache.get('a', source.load))).toMatchObject({ code: 'INVALID_ARGUMENT', details: { path: 'cache.get.key' } });
    // @ts-expect-error a text is not a tag
    expect(await failureOf(cache.get(key('a'), source.load, { tags: ['a'] }))).toMatchObject({ code: 'INVALID_OPTIONS' });
    // @ts-expect-error nor is an object that looks like a key
    expect(await failureOf(cache.delete({ text: '["shared","a"]' }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
