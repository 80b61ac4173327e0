import type { Call } from '../../call/call.ts';
import { coreError } from '../../errors/core-errors.ts';
import type { Handler } from '../../handler/handler.ts';
import { checkOptions } from '../../options/check-options.ts';
import { type Duration, durationMs } from '../../options/duration.ts';
import { duration, text, wholeNumber } from '../../options/rules.ts';
import { type Deadline, deadlineWheel } from '../../runtime/deadline-wheel.ts';
import type { Throttle } from './throttle.ts';

export interface ThrottleOptions {
  /** Names the work in the error. */
  readonly operation: string;
  /** The time between two starts. */
  readonly every: Duration;
  /** Starts that may come at once after a pause; unused ones do not add up beyond it. @defaultValue 1 */
  readonly burst?: number;
  /** Calls that may wait. @defaultValue 1000 */
  readonly maxQueue?: number;
}

export const throttleDefaults = { burst: 1, maxQueue: 1_000 } as const;

/**
 * A throttle on the runtime's clock. In any span of time at most `burst + span / every` calls begin.
 *
 * @throws INVALID_OPTIONS naming the path.
 *
 * @example
 * ```ts
 * import { Call, compose, throttle } from '@tutti/core';
 *
 * const mail = compose(async (to: string): Promise<string> => `sent to ${to}`, [throttle({ operation: 'mail', every: '20ms' })]);
 * console.log(await Promise.all(['ada', 'alan'].map((to) => mail(to, Call.root()))));
 * ```
 */
export function throttle(options: ThrottleOptions): Throttle {
  const { operation, every, burst, maxQueue } = checkOptions(
    'throttle',
    options,
    { required: { operation: text, every: duration }, optional: { burst: wholeNumber({ min: 1 }), maxQueue: wholeNumber() } },
    throttleDefaults,
  );
  const line = new Line(operation, durationMs(every, 'throttle.every'), burst, maxQueue);
  const layer = <I, O>(next: Handler<I, O>): Handler<I, O> => {
    return async (input: I, call: Call): Promise<O> => {
      if (!line.mayBegin(call)) await line.turn(call);
      return next(input, call);
    };
  };
  const handles = {
    operation,
    get queued() {
      return line.size;
    },
  };
  return Object.defineProperties(layer, Object.getOwnPropertyDescriptors(handles)) as Throttle;
}

/** The line before the gate. The wheel is asked for the first in it only, so that a place that is left is filled at once. */
class Line {
  readonly #operation: string;
  readonly #everyMs: number;
  readonly #burst: number;
  readonly #maxQueue: number;
  readonly #waiting = new Set<() => void>();
  /** When the next start would be due if all had kept the pace exactly: the theoretical arrival time of GCRA. */
  #due = Number.NEGATIVE_INFINITY;
  #timer: Deadline | undefined;

  constructor(operation: string, everyMs: number, burst: number, maxQueue: number) {
    this.#operation = operation;
    this.#everyMs = everyMs;
    this.#burst = burst;
    this.#maxQueue = maxQueue;
  }

  get size(): number {
    return this.#waiting.size;
  }

  mayBegin(call: Call): boolean {
    if (this.#waiting.size > 0) return false;
    const now = call.runtime.clock.now();
    if (this.#nextAt() > now) return false;
    this.#begin(now);
    return true;
  }

  /** Resolves when it is the call's turn. */
  turn(call: Call): Promise<void> {
    if (this.#waiting.size >= this.#maxQueue) {
      return Promise.reject(coreError('THROTTLED', { operation: this.#operation, limit: this.#maxQueue }));
    }
    if (this.#nextAt() + this.#waiting.size * this.#everyMs > call.deadline) {
      return Promise.reject(coreError('DEADLINE_EXCEEDED', { operation: this.#operation, begun: false }));
    }
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        forget();
        resolve();
      };
      let forget = (): void => {};
      this.#waiting.add(enter);
      forget = call.onCancel((reason) => {
        this.#waiting.delete(enter);
        reject(reason);
      });
      this.#arm(call);
    });
  }

  #nextAt(): number {
    return this.#due - (this.#burst - 1) * this.#everyMs;
  }

  #begin(now: number): void {
    this.#due = Math.max(now, this.#due) + this.#everyMs;
  }

  #arm(call: Call): void {
    if (this.#timer || this.#waiting.size === 0) return;
    const { clock } = call.runtime;
    this.#timer = deadlineWheel(clock).at(this.#nextAt(), () => {
      this.#timer = undefined;
      const now = clock.now();
      for (const enter of this.#waiting) {
        if (this.#nextAt() > now) break;
        this.#waiting.delete(enter);
        this.#begin(now);
        enter();
      }
      this.#arm(call);
    });
  }
}
