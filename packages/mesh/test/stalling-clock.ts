import type { ManualClock } from '@tutti/core/testing';

/** A clock that stands still until it is moved, for an event loop that can stand still as well. */
export interface StallingClock extends ManualClock {
  /** Time goes by and no timer runs: those that are due run late, when time moves again. */
  stall(ms: number): void;
}

export function stallingClock(clock: ManualClock): StallingClock {
  let stalledMs = 0;
  return {
    ...clock,
    now: () => clock.now() + stalledMs,
    stall(ms) {
      stalledMs += ms;
    },
  };
}
