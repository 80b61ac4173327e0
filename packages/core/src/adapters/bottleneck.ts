import type { Call } from '../call/call.ts';
import { whenOver } from '../call/when-over.ts';
import { coreError } from '../errors/core-errors.ts';
import type { Handler } from '../handler/handler.ts';
import { checkOptions } from '../options/check-options.ts';
import { objectWith, text, wholeNumber } from '../options/rules.ts';
import type { Throttle } from '../policy/throttle/throttle.ts';

/** The part of a Bottleneck limiter that is used; bottleneck 2 fits. */
export interface BottleneckLimiter {
  schedule<T>(work: () => Promise<T>): Promise<T>;
}

export interface BottleneckThrottleOptions {
  /** Names the work in the error. */
  readonly operation: string;
  /** A limiter of the host, local or on Redis, which keeps the pace it was made with (`minTime`, `reservoir`, ...). */
  readonly limiter: BottleneckLimiter;
  /** Calls that may wait. @defaultValue 1000 */
  readonly maxQueue?: number;
}

export const bottleneckThrottleDefaults = { maxQueue: 1_000 } as const;

/**
 * The throttle contract on bottleneck, for those who have it already, or who pace several processes through its Redis mode. It lives in
 * real time with timers of its own. A call that leaves the line is refused at once, but its turn is not given to the next.
 *
 * @example
 * ```ts
 * import { Call, compose } from '@tutti/core';
 * import { bottleneckThrottle } from '@tutti/core/bottleneck';
 * import Bottleneck from 'bottleneck';
 *
 * const pace = bottleneckThrottle({ operation: 'mail', limiter: new Bottleneck({ minTime: 20 }) });
 * const mail = compose(async (to: string): Promise<string> => `sent to ${to}`, [pace]);
 * console.log(await Promise.all(['ada', 'alan'].map((to) => mail(to, Call.root()))));
 * ```
 */
export function bottleneckThrottle(options: BottleneckThrottleOptions): Throttle {
  const { operation, limiter, maxQueue } = checkOptions(
    'bottleneckThrottle',
    options,
    {
      required: { operation: text, limiter: objectWith('a Bottleneck limiter', 'schedule') },
      optional: { maxQueue: wholeNumber() },
    },
    bottleneckThrottleDefaults,
  );
  const line = new Line(operation, limiter);
  const layer = <I, O>(next: Handler<I, O>): Handler<I, O> => {
    return async (input: I, call: Call): Promise<O> => {
      if (line.size >= maxQueue) throw coreError('THROTTLED', { operation, limit: maxQueue });
      call.throwIfOver(operation);
      return line.inTurn(call, () => next(input, call));
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

/** Those whom the limiter has not let begin yet. Its own count is of what its internal steps have come to. */
class Line {
  readonly #operation: string;
  readonly #limiter: BottleneckLimiter;
  size = 0;

  constructor(operation: string, limiter: BottleneckLimiter) {
    this.#operation = operation;
    this.#limiter = limiter;
  }

  /** Until its turn comes a call may leave; once begun, the work alone decides. */
  inTurn<O>(call: Call, work: () => Promise<O>): Promise<O> {
    return new Promise((resolve, reject) => {
      let waiting = true;
      this.size++;
      const stopWaiting = (): void => {
        if (waiting) this.size--;
        waiting = false;
      };
      const leave = (reason: unknown): void => {
        stopWaiting();
        reject(reason);
      };
      const ended = whenOver(call, { operation: this.#operation, begun: false }, leave);
      this.#limiter
        .schedule(async () => {
          if (!waiting) return;
          ended();
          stopWaiting();
          await work().then(resolve, reject);
        })
        .catch(leave);
    });
  }
}
