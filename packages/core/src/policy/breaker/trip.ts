import { checkOptions } from '../../options/check-options.ts';
import { type Duration, durationMs } from '../../options/duration.ts';
import { duration, finiteNumber, wholeNumber } from '../../options/rules.ts';
import type { Clock } from '../../runtime/clock.ts';

/** When a closed breaker opens. Immutable; each breaker counts for itself in a tally. */
export interface TripPolicy {
  tally(): Tally;
}

/** What one breaker counts. */
export interface Tally {
  success(clock: Clock): void;
  /** True when it is one too many. */
  failure(clock: Clock): boolean;
  reset(): void;
}

/** Opens after this many failures without a success between them. */
export function consecutiveFailures(count: number): TripPolicy {
  checkOptions('consecutiveFailures', { count }, { required: { count: wholeNumber({ min: 1 }) } });
  return Object.freeze({ tally: () => new ConsecutiveTally(count) });
}

class ConsecutiveTally implements Tally {
  readonly #limit: number;
  #failures = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  success(): void {
    this.#failures = 0;
  }

  failure(): boolean {
    return ++this.#failures >= this.#limit;
  }

  reset(): void {
    this.#failures = 0;
  }
}

export interface FailureRateOptions {
  /** Share of the calls that failed, above 0 and at most 1. @defaultValue 0.5 */
  readonly share?: number;
  /** How long a call counts. @defaultValue '10s' */
  readonly window?: Duration;
  /** Fewer calls in the window prove nothing. @defaultValue 20 */
  readonly minCalls?: number;
}

export const failureRateDefaults = { share: 0.5, window: '10s', minCalls: 20 } as const;

/** Opens when, of at least `minCalls` calls in the window, `share` or more failed. */
export function failureRate(options: FailureRateOptions = {}): TripPolicy {
  const { share, window, minCalls } = checkOptions(
    'failureRate',
    options,
    { optional: { share: finiteNumber({ min: 0.001, max: 1 }), window: duration, minCalls: wholeNumber({ min: 1 }) } },
    failureRateDefaults,
  );
  const windowMs = durationMs(window, 'failureRate.window');
  return Object.freeze({ tally: () => new RateTally(share, windowMs, minCalls) });
}

const slots = 10;

/** Counts for each tenth of the window; the oldest tenth is dropped as time goes on. */
class RateTally implements Tally {
  readonly #share: number;
  readonly #minCalls: number;
  readonly #slotMs: number;
  readonly #calls = new Float64Array(slots);
  readonly #failures = new Float64Array(slots);
  #slot = 0;

  constructor(share: number, windowMs: number, minCalls: number) {
    this.#share = share;
    this.#minCalls = minCalls;
    this.#slotMs = windowMs / slots;
  }

  success(clock: Clock): void {
    const index = this.#turnTo(clock.now());
    this.#calls[index] = (this.#calls[index] as number) + 1;
  }

  failure(clock: Clock): boolean {
    const index = this.#turnTo(clock.now());
    this.#calls[index] = (this.#calls[index] as number) + 1;
    this.#failures[index] = (this.#failures[index] as number) + 1;
    let calls = 0;
    let failures = 0;
    for (let slot = 0; slot < slots; slot++) {
      calls += this.#calls[slot] as number;
      failures += this.#failures[slot] as number;
    }
    return calls >= this.#minCalls && failures >= calls * this.#share;
  }

  reset(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
  }

  #turnTo(now: number): number {
    const slot = Math.floor(now / this.#slotMs);
    for (let passed = Math.min(slot - this.#slot, slots); passed > 0; passed--) {
      const index = (slot - passed + 1) % slots;
      this.#calls[index] = 0;
      this.#failures[index] = 0;
    }
    if (slot > this.#slot) this.#slot = slot;
    return this.#slot % slots;
  }
}
