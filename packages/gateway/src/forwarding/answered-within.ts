import { type Call, coreError, type Duration, deadlineWheel, durationMs, type Layer } from '@tutti/core';
import type { Exchange } from '../http/exchange.ts';

export interface AnsweredWithinOptions {
  /** Names the work in the error. */
  readonly operation: string;
  readonly timeout: Duration;
}

/**
 * Gives the work until its answer begins: then the call is cancelled with TIMEOUT, and it is told beforehand by its deadline. An answer that has
 * begun may take as long as it likes as far as this layer goes. A deadline that the caller set himself holds for the whole of it: that is
 * DEADLINE_EXCEEDED. No timer and no AbortController per call.
 */
export function answeredWithin({ operation, timeout }: AnsweredWithinOptions): Layer<Exchange, void> {
  const timeoutMs = durationMs(timeout, 'route.timeout');
  return (next) => (exchange, call) =>
    new Promise((resolve, reject) => {
      call.throwIfOver(operation);
      const { clock } = call.runtime;
      const wheel = deadlineWheel(clock);
      const beginsBy = clock.now() + timeoutMs;
      const inner = call.child({ deadline: beginsBy });
      const over = (): void => {
        own.cancel();
        callers?.cancel();
        inner.release();
      };
      const failed = (error: unknown): void => {
        over();
        reject(error);
      };
      const giveUp = (error: Error): void => {
        inner.cancel(error);
        reject(error);
      };
      const own = wheel.at(beginsBy, () => {
        if (!exchange.response.answering) giveUp(coreError('TIMEOUT', { operation, timeoutMs }));
      });
      const callers = hasDeadline(call)
        ? wheel.at(call.deadline, () => giveUp(coreError('DEADLINE_EXCEEDED', { operation, begun: true })))
        : undefined;
      try {
        next(exchange, inner).then(() => {
          over();
          resolve();
        }, failed);
      } catch (error) {
        failed(error);
      }
    });
}

function hasDeadline(call: Call): boolean {
  return call.deadline !== Number.POSITIVE_INFINITY;
}
