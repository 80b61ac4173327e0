import type { Clock, Timer } from './clock.ts';

/** A clock that stands still until it is told to move. */
export interface ManualClock extends Clock {
  /**
   * Moves time forward and runs what falls due, in order of time and then of arming, letting promises settle
   * after each callback. Resolves when all of it has run.
   */
  advance(ms: number): Promise<void>;
  /** Milliseconds until the next pending timer, or undefined when none is pending. */
  nextDelayMs(): number | undefined;
}

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Lets every promise that can settle do so: a macrotask of the host runs only when the microtasks are done. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** @param startMs Where both `now()` and `epoch()` begin. */
export function manualClock(startMs = 0): ManualClock {
  let now = startMs;
  let order = 0;
  const pending = new Set<Pending>();
  const next = (): Pending | undefined => {
    let first: Pending | undefined;
    for (const timer of pending) {
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
    }
    return first;
  };
  return {
    now: () => now,
    epoch: () => now,
    after(delayMs, callback): Timer {
      const timer: Pending = { at: now + Math.max(0, delayMs), order: order++, callback };
      pending.add(timer);
      return { cancel: () => void pending.delete(timer), unref: () => {}, ref: () => {} };
    },
    afterInput: (callback) => callback(),
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (let timer = next(); timer && timer.at <= end; timer = next()) {
        pending.delete(timer);
        now = Math.max(now, timer.at);
        timer.callback();
        await settle();
      }
      now = end;
    },
    nextDelayMs() {
      const timer = next();
      return timer && timer.at - now;
    },
  };
}
