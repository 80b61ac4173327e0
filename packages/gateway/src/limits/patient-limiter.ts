import {
  deadlineWheel,
  isRetryable,
  type MemoryRateLimiter,
  memoryRateLimiter,
  type RateLimit,
  type RateLimiter,
  type RateLimitVerdict,
  type Runtime,
} from '@tutti/core';
import { gatewayError } from '../errors.ts';
import type { CheckedLimiting } from './limiting-options.ts';

const tooLate = Symbol('too late');

/** A limiter whose answer is waited for no longer than `patience`, and what decides in its place while it gives none. */
export class PatientLimiter {
  readonly #limiter: RateLimiter;
  readonly #options: Pick<CheckedLimiting, 'onUnavailable' | 'nodes' | 'patienceMs' | 'pauseMs'>;
  readonly #runtime: Runtime;
  readonly #local: MemoryRateLimiter;
  readonly #atOnce: MemoryRateLimiter | undefined;
  #isAway = false;
  #askAgainAt = 0;

  constructor(limiter: RateLimiter, options: PatientLimiter['options'], runtime: Runtime) {
    this.#limiter = limiter;
    this.#options = options;
    this.#runtime = runtime;
    this.#local = memoryRateLimiter({ runtime });
    this.#atOnce = 'takeNow' in limiter ? (limiter as MemoryRateLimiter) : undefined;
  }

  get options(): Pick<CheckedLimiting, 'onUnavailable' | 'nodes' | 'patienceMs' | 'pauseMs'> {
    return this.#options;
  }

  /** Whether the limiter did not answer lately. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** By how much limits may be exceeded in the worst case: at all times, as every process may lose the limiter while the others have it. */
  get errorBound(): number {
    return this.#options.onUnavailable === 'refuse' ? this.#limiter.errorBound : Number.POSITIVE_INFINITY;
  }

  /** The limiter, if it is one that answers without a promise: it cannot be away. */
  get atOnce(): Pick<MemoryRateLimiter, 'takeNow'> | undefined {
    return this.#atOnce;
  }

  /**
   * Undefined when nobody can say and the request is let in.
   * @throws GATEWAY_LIMITER_UNAVAILABLE when nobody can say and it is not. What the limiter throws as a mistake of the caller is passed on.
   */
  async take(key: string, limit: RateLimit, cost: number): Promise<RateLimitVerdict | undefined> {
    if (this.#atOnce) return this.#atOnce.takeNow(key, limit, cost);
    const now = this.#runtime.clock.now();
    if (this.#isAway && now < this.#askAgainAt) return this.#instead(key, limit, cost);
    this.#askAgainAt = now + this.#options.pauseMs; // as long as it is away, nobody else asks meanwhile
    try {
      const verdict = await this.#inTime(this.#limiter.take(key, limit, cost), now);
      if (verdict !== tooLate) {
        this.#back();
        return verdict;
      }
      this.#lost(new Error('no answer in time'));
    } catch (error) {
      if (!isRetryable(error)) throw error;
      this.#lost(error);
    }
    return this.#instead(key, limit, cost);
  }

  /** What comes too late is let go: its tokens were taken, and nobody uses them. */
  #inTime(answer: Promise<RateLimitVerdict>, now: number): Promise<RateLimitVerdict | typeof tooLate> {
    return new Promise((resolve, reject) => {
      const pending = deadlineWheel(this.#runtime.clock).at(now + this.#options.patienceMs, () => resolve(tooLate));
      answer.then(
        (verdict) => {
          pending.cancel();
          resolve(verdict);
        },
        (error: unknown) => {
          pending.cancel();
          reject(error);
        },
      );
    });
  }

  #lost(error: unknown): void {
    const { clock, logger } = this.#runtime;
    this.#askAgainAt = clock.now() + this.#options.pauseMs;
    if (this.#isAway) return;
    this.#isAway = true;
    logger.log('warn', 'the limiter does not answer', { until: 'it does again', mode: this.#options.onUnavailable, error });
  }

  #back(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#runtime.logger.log('info', 'the limiter answers again');
  }

  #instead(key: string, { tokens, refillRate }: RateLimit, cost: number): RateLimitVerdict | undefined {
    const { onUnavailable, nodes } = this.#options;
    if (onUnavailable === 'admit') return undefined;
    if (onUnavailable === 'local') {
      const share = { tokens: Math.max(cost, Math.floor(tokens / nodes)), refillRate: refillRate / nodes };
      return this.#local.takeNow(key, share, cost);
    }
    const retryAfterMs = Math.max(1, Math.ceil(this.#askAgainAt - this.#runtime.clock.now()));
    throw gatewayError('GATEWAY_LIMITER_UNAVAILABLE', { retryAfterMs });
  }
}
