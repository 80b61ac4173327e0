import type { RateLimit, RateLimitVerdict } from '../ports/rate-limiter.ts';

/**
 * The generic cell rate algorithm in its leaky-bucket form (ITU-T I.371, annex A): a bucket is the number of tokens that were
 * missing at a time. Counting in tokens, and not in the milliseconds of a theoretical arrival time, makes a burst exact in floating
 * point, and a bucket keeps its meaning when its rate changes.
 */

/** What rounding may not refuse, as a share of the bucket. It is owed, not given: a bucket may miss that much more than it holds. */
const slack = 1e-9;

/** Tokens that a bucket misses now. A clock that was set back refills nothing. */
export function missingAt(now: number, missing: number, since: number, { refillRate }: RateLimit): number {
  if (now <= since) return missing;
  return Math.max(0, missing - ((now - since) * refillRate) / 1_000);
}

/** Whether a bucket that misses `missing` tokens can give `cost`. */
export function gives(missing: number, cost: number, { tokens }: RateLimit): boolean {
  return missing + cost <= tokens * (1 + slack);
}

/** What the taker is told: `missing` is what the bucket misses after `cost` was taken, or, when it was not, as it stands. */
export function verdictOf(allowed: boolean, missing: number, cost: number, { tokens, refillRate }: RateLimit): RateLimitVerdict {
  const left = tokens - missing;
  return {
    allowed,
    remaining: left > 0 ? Math.floor(left + tokens * slack) : 0,
    retryAfterMs: allowed ? 0 : wholeMs(cost - left, tokens, refillRate) || 1,
    resetMs: wholeMs(missing, tokens, refillRate),
    limit: tokens,
  };
}

/** How long `amount` takes to come back. Half of the slack is left out, so that an exact wait is not rounded up and is long enough. */
function wholeMs(amount: number, tokens: number, refillRate: number): number {
  return Math.max(0, Math.ceil(((amount - (tokens * slack) / 2) * 1_000) / refillRate));
}
