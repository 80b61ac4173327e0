import { checkOptions } from '../options/check-options.ts';
import { type Duration, durationMs } from '../options/duration.ts';
import { duration, finiteNumber } from '../options/rules.ts';

export interface RetryBudgetOptions {
  /** Extra calls allowed as a share of the calls in the window. @defaultValue 0.2 */
  readonly share?: number;
  /** Extra calls a second that are always allowed, so that a quiet client can retry at all. @defaultValue 10 */
  readonly minPerSecond?: number;
  /** How long a call counts. @defaultValue '10s' */
  readonly window?: Duration;
}

export const retryBudgetDefaults = { share: 0.2, minPerSecond: 10, window: '10s' } as const;

/**
 * How many extra calls (retries, hedges) a client may make: at most `share` of its calls plus `minPerSecond`, counted over `window`.
 * One budget is given to all layers that send to the same target, and bounds what they add together, however they are nested
 * (Finagle's RetryBudget; Gateway API GEP-3388).
 */
export interface RetryBudget {
  /** Counts one call that is not extra. `now` is of one clock, in milliseconds; it is given, because whoever asks has read it. */
  deposit(now: number): void;
  /** True if one extra call may be made now; it is counted then. */
  withdraw(now: number): boolean;
}

const slots = 10;

/**
 * @throws INVALID_OPTIONS naming the path.
 *
 * @example
 * ```ts
 * import { retry, retryBudget } from '@tutti/core';
 *
 * const budget = retryBudget({ share: 0.1 });
 * const reads = retry({ budget });
 * const writes = retry({ budget, maxAttempts: 2 });
 * ```
 */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  const { share, minPerSecond, window } = checkOptions(
    'retryBudget',
    options,
    { optional: { share: finiteNumber({ min: 0, max: 10 }), minPerSecond: finiteNumber({ min: 0 }), window: duration } },
    retryBudgetDefaults,
  );
  return new WindowedBudget(share, minPerSecond, durationMs(window, 'retryBudget.window'));
}

/** Two counts for each tenth of the window; the oldest tenth is dropped as time goes on. */
class WindowedBudget implements RetryBudget {
  readonly #share: number;
  readonly #reserve: number;
  readonly #slotMs: number;
  readonly #calls = new Float64Array(slots);
  readonly #extras = new Float64Array(slots);
  #totalCalls = 0;
  #totalExtras = 0;
  #slot = 0;

  constructor(share: number, minPerSecond: number, windowMs: number) {
    this.#share = share;
    this.#reserve = (minPerSecond * windowMs) / 1_000;
    this.#slotMs = windowMs / slots;
  }

  deposit(now: number): void {
    const index = this.#turnTo(now);
    this.#calls[index] = (this.#calls[index] as number) + 1;
    this.#totalCalls++;
  }

  withdraw(now: number): boolean {
    const index = this.#turnTo(now);
    if (this.#totalExtras + 1 > this.#totalCalls * this.#share + this.#reserve) return false;
    this.#extras[index] = (this.#extras[index] as number) + 1;
    this.#totalExtras++;
    return true;
  }

  #turnTo(now: number): number {
    const slot = Math.floor(now / this.#slotMs);
    for (let passed = Math.min(slot - this.#slot, slots); passed > 0; passed--) {
      const index = (slot - passed + 1) % slots;
      this.#totalCalls -= this.#calls[index] as number;
      this.#totalExtras -= this.#extras[index] as number;
      this.#calls[index] = 0;
      this.#extras[index] = 0;
    }
    if (slot > this.#slot) this.#slot = slot;
    return this.#slot % slots;
  }
}
