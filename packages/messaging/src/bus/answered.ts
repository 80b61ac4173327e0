import { type Call, type Clock, coreError, deadlineWheel } from '@tutti/core';

/**
 * Asks, and rejects with TIMEOUT when there is no answer within `patienceMs`: what is asked is told by its signal, and what it still says is
 * dropped. A delivery that is dropped so comes back when its lease ends.
 */
export function answered<T>(clock: Clock, patienceMs: number, call: Call, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const asking = call.child();
  return new Promise<T>((resolve, reject) => {
    const deadline = deadlineWheel(clock).at(clock.now() + patienceMs, () => {
      const late = coreError('TIMEOUT', { operation: 'waiting for the store to answer', timeoutMs: patienceMs });
      asking.cancel(late);
      reject(late);
    });
    ask(asking.signal)
      .then(resolve, reject)
      .finally(() => {
        deadline.cancel();
        asking.release();
      });
  });
}
