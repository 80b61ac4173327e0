import { coreError } from '../errors/core-errors.ts';
import { deadlineWheel } from '../runtime/deadline-wheel.ts';
import type { Call } from './call.ts';

/**
 * Calls back once when the call is over, for work that has nothing else to notice it by: with the reason when it is cancelled
 * (at once if it is already), with DEADLINE_EXCEEDED when its deadline passes. The returned function ends the listening and must
 * be called when the work is over.
 *
 * @param work What was waited for, and whether it had begun, for the error.
 */
export function whenOver(
  call: Call,
  work: { readonly operation: string; readonly begun: boolean },
  listener: (reason: unknown) => void,
): () => void {
  let listening = true;
  const over = (reason: unknown): void => {
    if (!listening) return;
    stop();
    listener(reason);
  };
  const deadline =
    call.deadline === Number.POSITIVE_INFINITY
      ? undefined
      : deadlineWheel(call.runtime.clock).at(call.deadline, () => over(coreError('DEADLINE_EXCEEDED', work)));
  let forget = (): void => {};
  const stop = (): void => {
    listening = false;
    deadline?.cancel();
    forget();
  };
  forget = call.onCancel(over);
  if (!listening) forget();
  return stop;
}
