import type { RateLimit, RateLimitVerdict } from '../ports/rate-limiter.ts';

/** What one process has borrowed for one key, and what it knows of the shared bucket. */
export class BorrowedTokens {
  /** The question to the store that is under way, and whether it was answered; everybody waits for the same. */
  asking: Promise<boolean> | undefined;
  #left = 0;
  #expiresAt = 0;
  #refused: { readonly limit: RateLimit; readonly cost: number; readonly until: number } | undefined;

  /** Tokens at hand. They expire when the shared bucket would be full again: until then dropping them would waste them, from then on keeping them would exceed it. */
  left(now: number): number {
    if (now >= this.#expiresAt) this.#left = 0;
    return this.#left;
  }

  /** A verdict, if one can be given without asking the store. */
  decide(now: number, limit: RateLimit, cost: number): RateLimitVerdict | undefined {
    const left = this.left(now);
    if (left >= cost) {
      this.#left = left - cost;
      const resetMs = Math.max(0, Math.ceil(this.#expiresAt - now));
      return { allowed: true, remaining: left - cost, retryAfterMs: 0, resetMs, limit: limit.tokens };
    }
    const refused = this.#refused;
    if (!refused || now >= refused.until || cost < refused.cost || !isSame(refused.limit, limit)) return undefined;
    const waitMs = Math.ceil(refused.until - now);
    return { allowed: false, remaining: left, retryAfterMs: waitMs, resetMs: waitMs, limit: limit.tokens };
  }

  lend(amount: number, expiresAt: number): void {
    this.#left += amount;
    this.#expiresAt = expiresAt;
    this.#refused = undefined;
  }

  /** The shared bucket only gets emptier by what others take: until then nobody need ask for that much. */
  refuse(limit: RateLimit, cost: number, until: number): void {
    this.#refused = { limit: { tokens: limit.tokens, refillRate: limit.refillRate }, cost, until };
  }
}

function isSame(one: RateLimit, other: RateLimit): boolean {
  return one.tokens === other.tokens && one.refillRate === other.refillRate;
}
