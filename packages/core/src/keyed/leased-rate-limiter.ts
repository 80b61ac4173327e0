import { coreError } from '../errors/core-errors.ts';
import { checkOptions } from '../options/check-options.ts';
import { type Duration, durationMs } from '../options/duration.ts';
import { duration, objectWith, oneOf, wholeNumber } from '../options/rules.ts';
import { isRetryable } from '../policy/retry.ts';
import type { RateLimit, RateLimiter, RateLimitVerdict } from '../ports/rate-limiter.ts';
import { deadlineWheel } from '../runtime/deadline-wheel.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import { BorrowedTokens } from './borrowed-tokens.ts';
import { checkKey, checkTake } from './check-take.ts';
import { memoryRateLimiter } from './memory-rate-limiter.ts';
import { ownText } from './own-text.ts';

export interface LeasedRateLimiterOptions {
  /** Tokens that a process has borrowed of one key at most. A request that costs more is taken from the store itself. Whole, ≥ 1. */
  readonly batch: number;
  /** Processes that share the store, at most: with `batch` they make the error bound. Whole, ≥ 1. */
  readonly nodes: number;
  /** How long the store may take to lend before it counts as away. @defaultValue '100ms' */
  readonly storeTimeout?: Duration;
  /**
   * What decides while the store is away: `'refuse'` refuses whatever was not borrowed before; `'local'` gives each process the `nodes`-th part of the
   * limit for itself (one token at least), so that together they let through at most as much again as the limit does. @defaultValue 'refuse'
   */
  readonly whenAway?: 'refuse' | 'local';
  /** How long a store that was away is not asked again. @defaultValue '1s' */
  readonly awayPause?: Duration;
  /** Keys that a process has borrowed for, at most; beyond that the longest unused are forgotten, and their tokens with them. @defaultValue 100,000 */
  readonly maxKeys?: number;
  readonly runtime?: Runtime;
}

export const leasedRateLimiterDefaults = { storeTimeout: '100ms', whenAway: 'refuse', awayPause: '1s', maxKeys: 100_000 } as const;

export interface LeasedRateLimiter extends RateLimiter {
  /** Whether the store did not answer lately, so that `whenAway` decides. */
  readonly away: boolean;
}

/**
 * Borrows batches of tokens from a strict limiter that several processes share, and decides from them at once: one question to the store for `batch`
 * requests, and none for those that are bound to be refused.
 *
 * What was borrowed was taken from the shared bucket, so that only the tokens that lie ready in the processes can come on top within any time:
 * `errorBound` is that of the store and `nodes × batch`. It is infinite with `whenAway: 'local'`, as two stores that cannot see each other have no common bound; a limit is then
 * exceeded by at most itself. Tokens that nobody uses expire when the shared bucket would have been full again. `remaining` is what this process has at hand.
 *
 * @example
 * ```ts
 * import { leasedRateLimiter, memoryRateLimiter } from '@tutti/core';
 *
 * const shared = memoryRateLimiter();
 * const limiter = leasedRateLimiter(shared, { batch: 20, nodes: 4, whenAway: 'local' });
 * console.log(await limiter.take('tenant:acme', { tokens: 1_000, refillRate: 100 }));
 * ```
 */
export function leasedRateLimiter(store: RateLimiter, options: LeasedRateLimiterOptions): LeasedRateLimiter {
  const problem = objectWith('a RateLimiter', 'take', 'errorBound')(store);
  if (problem) throw coreError('INVALID_ARGUMENT', { path: 'store', problem });
  const checked = checkOptions(
    'leasedRateLimiter',
    options,
    {
      required: { batch: wholeNumber({ min: 1 }), nodes: wholeNumber({ min: 1 }) },
      optional: {
        storeTimeout: duration,
        whenAway: oneOf('refuse', 'local'),
        awayPause: duration,
        maxKeys: wholeNumber({ min: 1 }),
        runtime: objectWith('a Runtime', 'clock', 'logger', 'random'),
      },
    },
    leasedRateLimiterDefaults,
  );
  return new Leased(store, { ...checked, runtime: checked.runtime ?? defaultRuntime });
}

class Leased implements LeasedRateLimiter {
  readonly errorBound: number;
  readonly #store: RateLimiter;
  readonly #options: Required<LeasedRateLimiterOptions>;
  readonly #storeTimeoutMs: number;
  readonly #awayPauseMs: number;
  readonly #borrowed = new Map<string, BorrowedTokens>();
  readonly #local: RateLimiter | undefined;
  #awayUntil = Number.NEGATIVE_INFINITY;

  constructor(store: RateLimiter, options: Required<LeasedRateLimiterOptions>) {
    const { batch, nodes, storeTimeout, awayPause, whenAway, maxKeys, runtime } = options;
    this.#store = store;
    this.#options = options;
    this.#storeTimeoutMs = durationMs(storeTimeout, 'leasedRateLimiter.storeTimeout');
    this.#awayPauseMs = durationMs(awayPause, 'leasedRateLimiter.awayPause');
    this.#local = whenAway === 'local' ? memoryRateLimiter({ maxKeys, runtime }) : undefined;
    this.errorBound = this.#local ? Number.POSITIVE_INFINITY : store.errorBound + nodes * batch;
  }

  get away(): boolean {
    return this.#now() < this.#awayUntil;
  }

  async take(key: string, limit: RateLimit, cost = 1): Promise<RateLimitVerdict> {
    checkTake(key, limit, cost);
    checkKey(key);
    if (cost > this.#options.batch) return (await this.#ask(key, limit, cost)) ?? this.#alone(key, limit, cost);
    const borrowed = this.#of(key);
    for (;;) {
      const verdict = borrowed.decide(this.#now(), limit, cost);
      if (verdict) return verdict;
      if (this.away) return this.#alone(key, limit, cost);
      borrowed.asking ??= this.#borrow(borrowed, key, limit, cost).finally(() => {
        borrowed.asking = undefined;
      });
      if (!(await borrowed.asking)) return this.#alone(key, limit, cost);
    }
  }

  /** The map is in the order of last borrowing. */
  #of(key: string): BorrowedTokens {
    const known = this.#borrowed.get(key);
    if (known) return known;
    if (this.#borrowed.size >= this.#options.maxKeys) this.#borrowed.delete(this.#borrowed.keys().next().value as string);
    const borrowed = new BorrowedTokens();
    this.#borrowed.set(ownText(key), borrowed);
    return borrowed;
  }

  /** Fills up to the batch, or with what the store has, as long as that is enough for this request. Says whether the store has answered. */
  async #borrow(borrowed: BorrowedTokens, key: string, limit: RateLimit, cost: number): Promise<boolean> {
    const askedAt = this.#now();
    const short = cost - borrowed.left(askedAt);
    let amount = Math.min(this.#options.batch - cost + short, limit.tokens);
    let verdict = await this.#ask(key, limit, amount);
    if (verdict && !verdict.allowed && verdict.remaining >= short) {
      amount = Math.min(amount, verdict.remaining);
      verdict = await this.#ask(key, limit, amount);
    }
    if (!verdict) return false;
    if (this.#borrowed.delete(key)) this.#borrowed.set(ownText(key), borrowed);
    if (verdict.allowed) borrowed.lend(amount, askedAt + verdict.resetMs);
    else borrowed.refuse(limit, cost, this.#now() + retryAfterMs(verdict, limit, amount - short));
    return true;
  }

  /** Undefined when the store is away. What cannot help to try again, a mistake, is thrown. */
  async #ask(key: string, limit: RateLimit, amount: number): Promise<RateLimitVerdict | undefined> {
    if (this.away) return undefined;
    try {
      return await this.#inTime(this.#store.take(key, limit, amount));
    } catch (error) {
      if (!isRetryable(error)) throw error;
      this.#awayUntil = this.#now() + this.#awayPauseMs;
      return undefined;
    }
  }

  /** An answer that comes too late is let go: its tokens were taken, and nobody uses them. */
  #inTime<T>(answer: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timeoutMs = this.#storeTimeoutMs;
    const pending = deadlineWheel(this.#options.runtime.clock).at(this.#now() + timeoutMs, () =>
      reject(coreError('TIMEOUT', { operation: 'borrowing tokens', timeoutMs })),
    );
    answer.then(resolve, reject).finally(() => pending.cancel());
    return promise;
  }

  #alone(key: string, { tokens, refillRate }: RateLimit, cost: number): RateLimitVerdict | Promise<RateLimitVerdict> {
    const { nodes } = this.#options;
    const share = { tokens: Math.max(1, Math.floor(tokens / nodes)), refillRate: refillRate / nodes };
    if (this.#local && cost <= share.tokens) return this.#local.take(key, share, cost);
    const waitMs = Math.max(1, Math.ceil(this.#awayUntil - this.#now()));
    return { allowed: false, remaining: 0, retryAfterMs: waitMs, resetMs: waitMs, limit: tokens };
  }

  #now(): number {
    return this.#options.runtime.clock.now();
  }
}

/** When a request that needs less than what was asked for can be served: the time grows with the tokens. */
function retryAfterMs(verdict: RateLimitVerdict, { refillRate }: RateLimit, less: number): number {
  return Math.max(1, verdict.retryAfterMs - (less * 1_000) / refillRate);
}
