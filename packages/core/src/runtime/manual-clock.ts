import { checkOptions } from '../options/check-options.ts';
import { oneOf } from '../options/rules.ts';
import type { Clock, Timer } from './clock.ts';
import { type HeapTimer, TimerHeap } from './timer-heap.ts';

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

export interface ManualClockOptions {
  /**
   * What may settle after each callback. `turn`: all promises, and one turn of the event loop for answers of sockets and threads.
   * `microtasks`: all promises and nothing else, at a third of the time; for code that is alone in its process, as a simulation is.
   * @defaultValue 'turn'
   */
  readonly settle?: 'turn' | 'microtasks';
}

export const manualClockDefaults = { settle: 'turn' } as const;

/** Each lets every promise that can settle do so. A tick that is asked for in a microtask runs when no microtask is left. */
const settling: Readonly<Record<'turn' | 'microtasks', () => Promise<void>>> = {
  turn: () => new Promise((resolve) => setImmediate(resolve)),
  microtasks: () => new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve))),
};

/** @param startMs Where both `now()` and `epoch()` begin. */
export function manualClock(startMs = 0, options: ManualClockOptions = {}): ManualClock {
  const settle =
    settling[checkOptions('manualClock', options, { optional: { settle: oneOf('turn', 'microtasks') } }, manualClockDefaults).settle];
  const pending = new TimerHeap();
  let now = startMs;
  let order = 0;
  return {
    now: () => now,
    epoch: () => now,
    after(delayMs, callback): Timer {
      const timer: HeapTimer = { at: now + Math.max(0, delayMs), order: order++, callback, over: false };
      pending.add(timer);
      return { cancel: () => pending.cancel(timer), unref: () => {}, ref: () => {} };
    },
    afterInput: (callback) => callback(),
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (let timer = pending.next(); timer && timer.at <= end; timer = pending.next()) {
        pending.take();
        now = Math.max(now, timer.at);
        timer.callback();
        await settle();
      }
      now = end;
    },
    nextDelayMs() {
      const timer = pending.next();
      return timer && timer.at - now;
    },
  };
}
