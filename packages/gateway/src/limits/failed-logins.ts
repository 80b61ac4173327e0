import { type MemoryRateLimiter, memoryRateLimiter, type RateLimit, type Runtime } from '@tutti/core';
import { gatewayError } from '../errors.ts';
import type { AddressPrefix } from './address-prefix.ts';

/** One look at credentials. */
export interface LoginAttempt {
  /** They were bad. */
  failed(): void;
  /** The look is over, whatever came of it. Call it once, and after `failed`. */
  over(): void;
}

/**
 * Counts bad credentials by the prefix of the client's address, in this process alone, and has no more of them looked at when there were too many. Missing
 * credentials do not count.
 */
export class FailedLogins {
  readonly #limit: RateLimit;
  readonly #prefix: AddressPrefix;
  readonly #limiter: MemoryRateLimiter;
  /** Looks under way, of prefixes that have failed already: each of them may be the next failure. */
  readonly #underWay: Map<string, number> = new Map();

  constructor(limit: RateLimit, prefix: AddressPrefix, runtime: Runtime) {
    this.#limit = limit;
    this.#prefix = prefix;
    // a table that is full must not lock out whoever comes next
    this.#limiter = memoryRateLimiter({ maxKeys: 100_000, whenFull: 'forget', runtime });
  }

  /** @throws GATEWAY_RATE_LIMITED when there were too many. */
  begin(address: string | undefined): LoginAttempt {
    const key = this.#prefix(address);
    const { tokens, refillRate } = this.#limit;
    const { remaining, resetMs } = this.#limiter.takeNow(key, this.#limit, 0);
    if (resetMs === 0) return { failed: () => this.#count(key), over: () => {} };
    const underWay = this.#underWay.get(key) ?? 0;
    if (remaining - underWay < 1) {
      // when one token is back, as far as those under way are good
      throw gatewayError('GATEWAY_RATE_LIMITED', { retryAfterMs: Math.max(1, resetMs - ((tokens - 1) * 1_000) / refillRate) });
    }
    this.#underWay.set(key, underWay + 1);
    return { failed: () => this.#count(key), over: () => this.#leave(key) };
  }

  /** Failures beyond the bucket, of looks that began at the same time, cannot count any more. */
  #count(key: string): void {
    this.#limiter.takeNow(key, this.#limit);
  }

  #leave(key: string): void {
    const left = (this.#underWay.get(key) ?? 1) - 1;
    if (left === 0) this.#underWay.delete(key);
    else this.#underWay.set(key, left);
  }
}
