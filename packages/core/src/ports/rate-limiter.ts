export interface RateLimitVerdict {
  readonly allowed: boolean;
  /** Tokens left after this request, never negative. */
  readonly remaining: number;
  /** Milliseconds until the same request would be allowed; 0 when it was. */
  readonly retryAfterMs: number;
}

/** One bucket: `tokens` at most, refilled at `refillRate` tokens a second. */
export interface RateLimit {
  readonly tokens: number;
  readonly refillRate: number;
}

/** Counts what a key has used. Taking is atomic for all users of the same store. */
export interface RateLimiter {
  /** By how many requests a limit may be exceeded in the worst case; 0 for a strict one. */
  readonly errorBound: number;
  take(key: string, limit: RateLimit, cost?: number): Promise<RateLimitVerdict>;
}
