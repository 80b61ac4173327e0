import type { Clock } from '../../runtime/clock.ts';
import { deadlineWheel } from '../../runtime/deadline-wheel.ts';

/** The answer, or a failure with `late()` when there is none after `patienceMs`; what comes later is dropped. */
export function answerWithin<T>(clock: Clock, patienceMs: number, answer: Promise<T>, late: () => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const deadline = deadlineWheel(clock).at(clock.now() + patienceMs, () => reject(late()));
    answer.then(
      (value) => {
        deadline.cancel();
        resolve(value);
      },
      (error: unknown) => {
        deadline.cancel();
        reject(error);
      },
    );
  });
}
