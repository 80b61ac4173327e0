import { describe, expect, expectTypeOf, it } from 'vitest';
import type { RateLimit, RateLimiter } from '../ports/rate-limiter.ts';
import { checkLaws, rateLimiterLaws, testRuntime } from '../testing/index.ts';
import { checkRateLimit } from './check-take.ts';
import { type MemoryRateLimiter, memoryRateLimiter } from './memory-rate-limiter.ts';

describe('the limiter in memory', () => {
  checkLaws(
    it,
    rateLimiterLaws,
    () => {
      const runtime = testRuntime();
      const { clock } = runtime;
      return { limiter: memoryRateLimiter({ runtime }), pass: (ms) => clock.advance(ms), now: () => clock.now() };
    },
    { strict: true },
  );

  it('is a RateLimiter that can also be asked without a promise', async () => {
    expectTypeOf<MemoryRateLimiter>().toExtend<RateLimiter>();
    const limiter = memoryRateLimiter({ runtime: testRuntime() });
    const limit = { tokens: 3, refillRate: 1 };
    expect(limiter.takeNow('k', limit)).toEqual(await memoryRateLimiter({ runtime: testRuntime() }).take('k', limit));
    expect(() => limiter.takeNow('k', limit, 4)).toThrow('cost must be a whole number from 0 to limit.tokens (3), got 4');
  });

  it.each([
    [{ maxKeys: 0 }, 'memoryRateLimiter.maxKeys'],
    [{ maxKeys: 2 ** 24 }, 'memoryRateLimiter.maxKeys'],
    [{ whenFull: 'throw' }, 'memoryRateLimiter.whenFull'],
    [{ maxkeys: 1 }, 'memoryRateLimiter.maxkeys'],
  ])('refuses the options %o', (options, path) => {
    expect(() => memoryRateLimiter(options as object)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });
});

describe('the memory of the limiter', () => {
  const limit = { tokens: 10, refillRate: 1 };

  it('holds no more than twice the buckets that are not full, however many keys come', async () => {
    const runtime = testRuntime();
    const limiter = memoryRateLimiter({ runtime });
    for (let key = 0; key < 50_000; key++) {
      limiter.takeNow(`client:${key}`, limit);
      if (key % 100 === 99) await runtime.clock.advance(100);
    }
    expect(limiter.size).toBeLessThanOrEqual(2_000);
    expect(limiter.size).toBeGreaterThanOrEqual(1_000);
  });

  it('loses nothing when it removes: a bucket that is not full is always remembered', async () => {
    const runtime = testRuntime();
    const limiter = memoryRateLimiter({ runtime });
    const heavy = { tokens: 10, refillRate: 0.01 };
    for (let key = 0; key < 100; key++) limiter.takeNow(`heavy:${key}`, heavy, 10);
    for (let key = 0; key < 5_000; key++) {
      limiter.takeNow(`light:${key}`, limit);
      if (key % 500 === 499) await runtime.clock.advance(1_000);
    }
    const allowed = Array.from({ length: 100 }, (_, key) => limiter.takeNow(`heavy:${key}`, heavy, 1).allowed);
    expect(allowed).not.toContain(true);
    expect(limiter.size).toBeLessThan(2_000);
  });

  it('does not grow beyond its keys: a new one waits until a bucket is full again', async () => {
    const runtime = testRuntime();
    const limiter = memoryRateLimiter({ runtime, maxKeys: 3 });
    for (const key of ['a', 'b', 'c']) limiter.takeNow(key, limit, 5);
    expect(limiter.errorBound).toBe(0);
    expect(limiter.takeNow('d', limit)).toEqual({ allowed: false, remaining: 0, retryAfterMs: 5_000, resetMs: 5_000, limit: 10 });
    expect(limiter.takeNow('a', limit, 5).allowed).toBe(true);
    expect(limiter.takeNow('a', limit).allowed).toBe(false);
    await runtime.clock.advance(5_000);
    expect(limiter.takeNow('d', limit).allowed).toBe(true);
    expect(limiter.size).toBeLessThanOrEqual(3);
  });

  it('forgets, where it was told to, the bucket that is full first, and says that it is not strict', () => {
    const limiter = memoryRateLimiter({ runtime: testRuntime(), maxKeys: 3, whenFull: 'forget' });
    for (const [key, cost] of [
      ['a', 5],
      ['b', 2],
      ['c', 9],
    ] as const)
      limiter.takeNow(key, limit, cost);
    expect(limiter.errorBound).toBe(Number.POSITIVE_INFINITY);
    expect(limiter.takeNow('d', limit, 4).allowed).toBe(true);
    expect(['a', 'c', 'd'].map((key) => limiter.takeNow(key, limit, 0).remaining)).toEqual([5, 1, 6]);
    expect(limiter.takeNow('b', limit, 0).remaining).toBe(10);
    expect(limiter.size).toBe(3);
  });

  it('holds nothing for a key that only looked', () => {
    const limiter = memoryRateLimiter({ runtime: testRuntime() });
    for (let key = 0; key < 100; key++) limiter.takeNow(`${key}`, limit, 0);
    expect(limiter.size).toBe(0);
  });
});

describe('a limit in a configuration', () => {
  it('is checked where it is written', () => {
    expect(checkRateLimit('route.rateLimit', { tokens: 10, refillRate: 0.1 })).toEqual({ tokens: 10, refillRate: 0.1 });
    for (const [limit, path] of [
      [{ tokens: 0, refillRate: 1 }, 'route.rateLimit.tokens'],
      [{ tokens: 1, refillRate: 0 }, 'route.rateLimit.refillRate'],
      [{ tokens: 10, refillRate: 1e-9 }, 'route.rateLimit.refillRate'],
      [{ tokens: 10 }, 'route.rateLimit.refillRate'],
    ] as const) {
      expect(() => checkRateLimit('route.rateLimit', limit as RateLimit)).toThrow(
        expect.objectContaining({ details: expect.objectContaining({ path }) }),
      );
    }
  });
});
