import { describe, expect, it } from 'vitest';
import type { CacheOptions } from '../../src/cache/index.ts';
import { testRuntime } from '../../src/testing/index.ts';
import { ended, failureOf, house, key } from './house.ts';

describe('the end of a value (C5)', () => {
  const endOf = async (options: Partial<CacheOptions>): Promise<number[]> => {
    const { cache, runtime, source } = house(options, testRuntime(7));
    const keys = Array.from({ length: 1_000 }, (_, index) => key('k', index));
    for (const one of keys) await cache.get(one, source.load);
    const endedAt: number[] = [];
    for (let second = 1; second <= 100; second++) {
      await runtime.clock.advance(1_000);
      const kept = await Promise.all(keys.map((one) => cache.peek(one)));
      endedAt.push(1_000 - kept.filter((value) => value !== undefined).length);
    }
    return endedAt.map((ended, second) => ended - (endedAt[second - 1] ?? 0));
  };

  it('is spread for a thousand that were written together, and never later than their ttl', async () => {
    const perSecond = await endOf({ ttl: '100s', jitter: 0.2 });
    expect(perSecond.reduce((sum, ended) => sum + ended, 0)).toBe(1_000);
    expect(perSecond.slice(0, 79).every((ended) => ended === 0)).toBe(true);
    expect(Math.max(...perSecond)).toBeLessThan(100); // 50 expected in each of the last twenty seconds
  });

  it('is the same moment for all of them without jitter: the control', async () => {
    expect(Math.max(...(await endOf({ ttl: '100s', jitter: 0 })))).toBe(1_000);
  });

  it('is not waited for: within the stale time the old value is served and one load brings the new', async () => {
    const { cache, runtime, source } = house({ staleWhileRevalidate: '5s' });
    await cache.get(key('a'), source.load);
    await runtime.clock.advance(10_001);
    source.value = 'v2';
    source.tookMs = 50;
    expect(await Promise.all(Array.from({ length: 100 }, () => cache.get(key('a'), source.load)))).toEqual(Array(100).fill('v1'));
    await runtime.clock.advance(50);
    expect(await cache.get(key('a'), source.load)).toBe('v2');
    expect(source.loads).toBe(2);
    await runtime.clock.advance(15_001);
    source.value = 'v3';
    expect(await ended(runtime, cache.get(key('a'), source.load))).toBe('v3');
  });

  it('is put off while the origin is down, within the window and no longer, with one try a second', async () => {
    const { cache, runtime, source } = house({ staleIfError: '30s' });
    await cache.get(key('a'), source.load);
    source.failure = new Error('origin down');
    await runtime.clock.advance(10_001);
    for (let passed = 0; passed < 29_000; passed += 100) {
      expect(await cache.get(key('a'), source.load)).toBe('v1');
      await runtime.clock.advance(100);
    }
    expect(source.loads).toBeLessThanOrEqual(31);
    await runtime.clock.advance(1_000);
    expect(await failureOf(cache.get(key('a'), source.load))).toBe(source.failure);
    source.failure = undefined;
    source.value = 'v2';
    expect(await cache.get(key('a'), source.load)).toBe('v2');
  });

  it('shows the failure of the origin without that window: the control', async () => {
    const { cache, runtime, source } = house();
    await cache.get(key('a'), source.load);
    source.failure = new Error('origin down');
    await runtime.clock.advance(10_001);
    expect(await failureOf(cache.get(key('a'), source.load))).toBe(source.failure);
  });

  it('is seldom reached by a value that is read all the time: it is loaded anew before', async () => {
    const waited = async (earlyRefresh: number): Promise<{ waits: number; loads: number }> => {
      const { cache, runtime, source } = house({ earlyRefresh }, testRuntime(3));
      source.tookMs = 200;
      await ended(runtime, cache.get(key('a'), source.load));
      const before = cache.stats().misses;
      for (let read = 0; read < 10_000; read++) {
        void cache.get(key('a'), source.load);
        await runtime.clock.advance(10);
      }
      return { waits: cache.stats().misses - before, loads: source.loads };
    };
    const eager = await waited(1);
    expect(eager.waits).toBe(0);
    expect(eager.loads).toBeGreaterThanOrEqual(10); // 100 seconds of values that live for 10
    expect(eager.loads).toBeLessThanOrEqual(13);
    expect((await waited(0)).waits).toBeGreaterThan(50); // the control: callers wait at each end
  });
});
