import { coreError } from '../errors/core-errors.ts';
import type { AnyLayer } from '../handler/handler.ts';
import { checkOptions } from '../options/check-options.ts';
import { type Duration, durationMs } from '../options/duration.ts';
import { duration, text } from '../options/rules.ts';
import { deadlineWheel } from '../runtime/deadline-wheel.ts';

export interface TimeoutOptions {
  /** Names the work in the error. */
  readonly operation: string;
  /** How long the handler may take. Without it only the call's own deadline is kept. */
  readonly timeout?: Duration;
}

/**
 * Gives the work a deadline and keeps it: when it passes, the call is cancelled and the result is TIMEOUT
 * (or DEADLINE_EXCEEDED, when the caller's deadline was the earlier one). Work whose deadline has passed is not begun.
 * A result that comes later is dropped. No timer and no AbortController per call.
 */
export function timeout(options: TimeoutOptions): AnyLayer {
  checkOptions('timeout', options, { required: { operation: text }, optional: { timeout: duration } });
  const { operation } = options;
  const timeoutMs = options.timeout === undefined ? Number.POSITIVE_INFINITY : durationMs(options.timeout, 'timeout.timeout');
  return (next) => async (input, call) => {
    call.throwIfOver(operation);
    const { clock } = call.runtime;
    const own = clock.now() + timeoutMs;
    const deadline = Math.min(own, call.deadline);
    if (deadline === Number.POSITIVE_INFINITY) return next(input, call);
    const inner = call.child({ deadline });
    return new Promise((resolve, reject) => {
      const pending = deadlineWheel(clock).at(deadline, () => {
        const error =
          own <= call.deadline
            ? coreError('TIMEOUT', { operation, timeoutMs })
            : coreError('DEADLINE_EXCEEDED', { operation, begun: true });
        inner.cancel(error);
        reject(error);
      });
      const settled = (): void => {
        pending.cancel();
        inner.release();
      };
      let answer: ReturnType<typeof next>;
      try {
        answer = next(input, inner);
      } catch (error) {
        settled();
        throw error;
      }
      answer.then(
        (result) => {
          settled();
          resolve(result);
        },
        (error: unknown) => {
          settled();
          reject(error);
        },
      );
    });
  };
}
