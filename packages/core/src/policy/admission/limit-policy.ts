/**
 * How an admitted call ended, as far as a limit cares:
 * - `success`: its time says how fast the target is.
 * - `overload`: it was given up as too late, or the target itself said that it has too much to do.
 * - `ignored`: its time says nothing. A failure may be quick because nothing was done.
 */
export type AdmissionOutcome = 'success' | 'overload' | 'ignored';

/** How many calls may be inside. Each admission has a limit of its own, made by a policy, as a breaker has a tally. Immutable. */
export interface LimitPolicy {
  /** Whether its limits learn from samples. Where they do not, nobody measures for them. */
  readonly learns: boolean;
  limit(): ConcurrencyLimit;
}

/** A state machine on given times: no clock, no timer, no chance. */
export interface ConcurrencyLimit {
  /** Calls that may be inside at a time of the monotonic clock. Whole, and at least 1. */
  places(now: number): number;
  /**
   * Told of each call that ended.
   * @param now Milliseconds on the monotonic clock; never goes back.
   * @param latencyMs How long the call was inside, waiting before not included.
   * @param inside Calls that were inside when it ended, itself included.
   */
  sample(now: number, latencyMs: number, inside: number, outcome: AdmissionOutcome): void;
}

/** Always the same number. */
export function fixedLimit(places: number): LimitPolicy {
  const limit: ConcurrencyLimit = Object.freeze({ places: () => places, sample: () => {} });
  return Object.freeze({ learns: false, limit: () => limit });
}
