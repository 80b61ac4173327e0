import { type Clock, coreError, deadlineWheel, messageOf, type TuttiError } from '@tutti/core';

export function away(store: string, problem: string, sent: boolean, cause?: unknown): TuttiError {
  return coreError('STORE_UNAVAILABLE', { store, problem, sent }, { cause });
}

/** The answer, or a failure with `late()` when there is none after `patienceMs`. */
export function within<T>(clock: Clock, patienceMs: number, answer: Promise<T>, late: () => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const deadline = deadlineWheel(clock).at(clock.now() + patienceMs, () => reject(late()));
    answer.then(resolve, reject).finally(() => deadline.cancel());
  });
}

/** The number that the broker closes a channel with: 404 not found, 405 locked, 406 another one of that name. */
export function codeOf(error: unknown): number | undefined {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : undefined;
}

/** There is no such queue; one that is down for a moment has the same number and other words. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 404 && messageOf(error).includes('no queue');
}
