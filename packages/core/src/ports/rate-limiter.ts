export interface RateLimitVerdict {
  readonly allowed: boolean;
  /** Whole tokens left after this request, never negative. */
  readonly remaining: number;
  /** Whole milliseconds, rounded up, until the same request would be allowed if nobody else took; 0 when it was. */
  readonly retryAfterMs: number;
  /** Whole milliseconds, rounded up, until the bucket is full again if nobody took any more; 0 when it is. */
  readonly resetMs: number;
  /** `tokens` of the limit that was applied. */
  readonly limit: number;
}

/** One bucket: `tokens` at most, refilled at `refillRate` tokens a second. */
export interface RateLimit {
  /** Whole, from 1 to 1e9: the largest burst. */
  readonly tokens: number;
  /** Above 0, to 1e9. An empty bucket must be full again within ten years. */
  readonly refillRate: number;
}

/**
 * Counts what a key has used. Taking is atomic for all users of the same store: within any `t` seconds a key gets at most
 * `tokens + refillRate × t + errorBound` tokens, however many processes take at once.
 *
 * A bucket belongs to its key and is full at first. When the limit of a key changes, what was used stays used and
 * comes back at the new rate. A request that is refused takes nothing, so that asking again does not postpone anything.
 */
export interface RateLimiter {
  /** By how many tokens a limit may be exceeded in the worst case; 0 for a strict one. */
  readonly errorBound: number;
  /**
   * Takes `cost` tokens or none. A cost of 0 looks and takes nothing.
   *
   * @param key Well-formed text of 1 to 1,024 characters. Keys share nothing.
   * @param cost Whole, from 0 to `limit.tokens`. @defaultValue 1
   * @throws INVALID_ARGUMENT naming the path: a limit that cannot be, or a cost that no bucket of it can ever hold.
   * @throws STORE_UNAVAILABLE when the store cannot say; whether the tokens were taken is then not known.
   */
  take(key: string, limit: RateLimit, cost?: number): Promise<RateLimitVerdict>;
}
