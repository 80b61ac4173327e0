import { checkOptions } from '../options/check-options.ts';
import { objectWith, oneOf, wholeNumber } from '../options/rules.ts';
import type { RateLimit, RateLimiter, RateLimitVerdict } from '../ports/rate-limiter.ts';
import type { Clock } from '../runtime/clock.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import { BucketTable } from './bucket-table.ts';
import { checkKey, checkTake } from './check-take.ts';
import { gives, missingAt, verdictOf } from './gcra.ts';

export interface MemoryRateLimiterOptions {
  /** Buckets that are kept at once, at most. Whole, ≥ 1. A million of them with keys of 40 characters need less than 128 MiB. @defaultValue 1,000,000 */
  readonly maxKeys?: number;
  /**
   * What happens to a new key when that many buckets are not full: `'refuse'` refuses it until one of them is, and the limiter stays strict;
   * `'forget'` lets it in and forgets, of 16 buckets, the one that would be full again first, whose key may then exceed its limit. @defaultValue 'refuse'
   */
  readonly whenFull?: 'refuse' | 'forget';
  readonly runtime?: Runtime;
}

export const memoryRateLimiterDefaults = { maxKeys: 1_000_000, whenFull: 'refuse' } as const;

export interface MemoryRateLimiter extends RateLimiter {
  /** Buckets in memory now. */
  readonly size: number;
  /** As {@link RateLimiter.take}, without a promise; throws what that rejects with. */
  takeNow(key: string, limit: RateLimit, cost?: number): RateLimitVerdict;
}

/**
 * Buckets in the memory of this process, gone with it. Strict: `errorBound` is 0, or infinite with `whenFull: 'forget'`.
 *
 * Buckets that are full again are removed as new keys come, so the table is as large as the number of keys that have taken something lately.
 * It never exceeds `maxKeys`: a client who makes up a key for each request (an IPv6 client has 2^64 addresses; count its /64) cannot fill the memory.
 *
 * @example
 * ```ts
 * import { memoryRateLimiter } from '@tutti/core';
 *
 * const limiter = memoryRateLimiter();
 * const limit = { tokens: 10, refillRate: 0.1 };
 * const { allowed, remaining, retryAfterMs } = await limiter.take('client:192.0.2.7', limit);
 * console.log(allowed, remaining, retryAfterMs);
 * ```
 */
export function memoryRateLimiter(options: MemoryRateLimiterOptions = {}): MemoryRateLimiter {
  const {
    maxKeys,
    whenFull,
    runtime = defaultRuntime,
  } = checkOptions(
    'memoryRateLimiter',
    options,
    {
      // a Map of V8 holds 2^24 keys
      optional: {
        maxKeys: wholeNumber({ min: 1, max: 16_000_000 }),
        whenFull: oneOf('refuse', 'forget'),
        runtime: objectWith('a Runtime', 'clock', 'logger', 'random'),
      },
    },
    memoryRateLimiterDefaults,
  );
  return new Buckets(new BucketTable(maxKeys), whenFull, runtime.clock);
}

class Buckets implements MemoryRateLimiter {
  readonly errorBound: number;
  readonly #table: BucketTable;
  readonly #whenFull: 'refuse' | 'forget';
  readonly #clock: Clock;

  constructor(table: BucketTable, whenFull: 'refuse' | 'forget', clock: Clock) {
    this.errorBound = whenFull === 'refuse' ? 0 : Number.POSITIVE_INFINITY;
    this.#table = table;
    this.#whenFull = whenFull;
    this.#clock = clock;
  }

  get size(): number {
    return this.#table.size;
  }

  async take(key: string, limit: RateLimit, cost = 1): Promise<RateLimitVerdict> {
    return this.takeNow(key, limit, cost);
  }

  takeNow(key: string, limit: RateLimit, cost = 1): RateLimitVerdict {
    checkTake(key, limit, cost);
    const table = this.#table;
    const now = this.#clock.now();
    const slot = table.slotOf(key);
    if (slot === undefined) return this.#first(key, limit, cost, now);
    const since = table.since[slot] as number;
    const missing = missingAt(now, table.missing[slot] as number, since, limit);
    if (!gives(missing, cost, limit)) return verdictOf(false, missing, cost, limit);
    if (cost === 0) return verdictOf(true, missing, cost, limit);
    return this.#keep(slot, missing + cost, Math.max(now, since), cost, limit);
  }

  /** A key that is not known has a full bucket. */
  #first(key: string, limit: RateLimit, cost: number, now: number): RateLimitVerdict {
    checkKey(key);
    if (cost === 0) return verdictOf(true, 0, cost, limit);
    let slot = this.#table.add(key, now);
    if (slot === undefined) {
      const soonest = this.#table.soonestFull();
      if (this.#whenFull === 'refuse') return refusal(Math.ceil(soonest.fullAt - now), limit);
      this.#table.remove(soonest.key);
      slot = this.#table.add(key, now) as number;
    }
    return this.#keep(slot, cost, now, cost, limit);
  }

  #keep(slot: number, missing: number, since: number, cost: number, limit: RateLimit): RateLimitVerdict {
    const table = this.#table;
    table.missing[slot] = missing;
    table.since[slot] = since;
    table.fullAt[slot] = since + (missing * 1_000) / limit.refillRate;
    return verdictOf(true, missing, cost, limit);
  }
}

/** Of a table without room: nothing is known of the key, except when to ask again. */
function refusal(waitMs: number, { tokens }: RateLimit): RateLimitVerdict {
  return { allowed: false, remaining: 0, retryAfterMs: waitMs, resetMs: waitMs, limit: tokens };
}
