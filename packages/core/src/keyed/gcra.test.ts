import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RateLimit } from '../ports/rate-limiter.ts';
import { gives, missingAt, verdictOf } from './gcra.ts';

/** One bucket, driven as every limiter drives its own. */
function bucket(limit: RateLimit, beganAt = 0) {
  let missing = 0;
  let since = beganAt;
  return (now: number, cost = 1) => {
    const missed = missingAt(now, missing, since, limit);
    if (!gives(missed, cost, limit)) return verdictOf(false, missed, cost, limit);
    missing = missed + cost;
    since = Math.max(since, now);
    return verdictOf(true, missing, cost, limit);
  };
}

/** The naive token bucket in whole numbers without rounding: tokens and time are counted in units of which a token has 1000 × `per`. */
function exactBucket(tokens: bigint, refill: bigint, per: bigint) {
  const unit = 1_000n * per;
  let level = tokens * unit;
  let seen = 0n;
  return (now: bigint, cost: bigint): { allowed: boolean; remaining: bigint } => {
    const elapsed = now > seen ? now - seen : 0n;
    level += elapsed * refill;
    if (level > tokens * unit) level = tokens * unit;
    seen += elapsed;
    const allowed = level >= cost * unit;
    if (allowed) level -= cost * unit;
    return { allowed, remaining: level / unit };
  };
}

describe('a bucket', () => {
  const verdicts: readonly (readonly [
    missing: number,
    cost: number,
    limit: RateLimit,
    remaining: number,
    retryAfterMs: number,
    resetMs: number,
  ])[] = [
    [0, 1, { tokens: 10, refillRate: 0.1 }, 10, 0, 0],
    [10, 1, { tokens: 10, refillRate: 0.1 }, 0, 10_000, 100_000],
    [9.5, 1, { tokens: 10, refillRate: 0.1 }, 0, 5_000, 95_000],
    [3, 3, { tokens: 4, refillRate: 3 }, 1, 667, 1_000],
    [1, 1, { tokens: 1, refillRate: 1e9 }, 0, 1, 1],
    [1e9, 1e9, { tokens: 1e9, refillRate: 1e9 }, 0, 1_000, 1_000],
  ];
  it.each(verdicts)('that misses %d tells a taker of %d under %o', (missing, cost, limit, remaining, retryAfterMs, resetMs) => {
    const allowed = gives(missing, cost, limit);
    expect(verdictOf(allowed, missing, cost, limit)).toEqual({ allowed, remaining, retryAfterMs, resetMs, limit: limit.tokens });
    expect(allowed).toBe(retryAfterMs === 0);
  });

  it('of the example of the brief passes 10, refuses the 11th for 10 s, and passes exactly one more at 10 s', () => {
    const take = bucket({ tokens: 10, refillRate: 0.1 }, 1_700_000_000_123);
    const now = 1_700_000_000_123;
    for (let count = 0; count < 10; count++) expect(take(now).allowed).toBe(true);
    expect(take(now)).toMatchObject({ allowed: false, retryAfterMs: 10_000 });
    expect(take(now + 9_999)).toMatchObject({ allowed: false, retryAfterMs: 1 });
    expect([take(now + 10_000).allowed, take(now + 10_000).allowed]).toEqual([true, false]);
  });

  it('is not refilled by a clock that was set back, nor twice when that comes forward again', () => {
    const take = bucket({ tokens: 2, refillRate: 1 }, 100_000);
    expect([take(100_000).allowed, take(100_000).allowed]).toEqual([true, true]);
    expect([take(40_000).allowed, take(99_999).allowed, take(100_500).allowed]).toEqual([false, false, false]);
    expect([take(101_000).allowed, take(50_000).allowed, take(101_900).allowed]).toEqual([true, false, false]);
  });

  it('decides as a naive token bucket that never rounds, at any rate, cost and time', () => {
    const steps = fc.array(fc.tuple(fc.nat(5_000), fc.integer({ min: 0, max: 12 })), { minLength: 1, maxLength: 200 });
    const limits = fc.record({
      tokens: fc.integer({ min: 12, max: 1_000 }),
      refill: fc.integer({ min: 1, max: 5_000 }),
      per: fc.integer({ min: 1, max: 1_000 }),
    });
    fc.assert(
      fc.property(limits, steps, fc.boolean(), ({ tokens, refill, per }, requests, epoch) => {
        const beganAt = epoch ? 1_700_000_000_000 : 0;
        const take = bucket({ tokens, refillRate: refill / per }, beganAt);
        const exact = exactBucket(BigInt(tokens), BigInt(refill), BigInt(per));
        let now = 0;
        for (const [pause, cost] of requests) {
          now += pause;
          const { allowed, remaining } = take(beganAt + now, cost);
          expect({ allowed, remaining: BigInt(remaining) }).toEqual(exact(BigInt(now), BigInt(cost)));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('gives what it refused after the time that it told, and no more than the millisecond of rounding earlier', () => {
    const limits = fc.record({ tokens: fc.integer({ min: 1, max: 500 }), refillRate: fc.double({ min: 0.001, max: 1_000, noNaN: true }) });
    fc.assert(
      fc.property(limits, fc.array(fc.tuple(fc.nat(3_000), fc.integer({ min: 1, max: 9 })), { maxLength: 60 }), (limit, requests) => {
        const take = bucket(limit, 1_700_000_000_000);
        let now = 1_700_000_000_000;
        for (const [pause, wanted] of requests) {
          now += pause;
          const cost = Math.min(wanted, limit.tokens);
          const { allowed, retryAfterMs } = take(now, cost);
          if (allowed) continue;
          if (retryAfterMs > 2) expect(take(now + retryAfterMs - 2, cost).allowed).toBe(false);
          now += retryAfterMs;
          expect(take(now, cost).allowed).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
