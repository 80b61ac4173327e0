import { type Clock, coreError, deadlineWheel, messageOf, type TuttiError } from '@tutti/core';

export const problemOf = (error: unknown): string => {
  const message = messageOf(error);
  return message || ((error as { readonly code?: string } | null)?.code ?? 'it failed without a word');
};

export function unavailable(store: string, problem: string, sent: boolean, cause?: unknown): TuttiError {
  return coreError('STORE_UNAVAILABLE', { store, problem, sent }, { cause });
}

/** The five characters by which the server says what is wrong (Appendix A of its manual); undefined when it was not the server that spoke. */
export function sqlStateOf(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as { readonly code?: unknown; readonly severity?: unknown };
  return typeof code === 'string' && typeof severity === 'string' ? code : undefined;
}

/** Deadlock, or what happened at the same time: the same again will do. */
export const isTransient = (error: unknown): boolean => /^(40001|40P01)$/.test(sqlStateOf(error) ?? '');

/** What was given cannot be kept, whoever asks: a text with a zero byte, a number too large, a key too long for an index. */
export const isAboutData = (error: unknown): boolean => /^(21|22|23|54)/.test(sqlStateOf(error) ?? '');

/**
 * The connection has ended, or leads to a server that will not do: one that shuts down, or became a standby, or whose tables were changed under
 * prepared statements. Another connection may lead to a better one.
 */
export function endsConnection(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state === undefined) return true;
  return (error as { readonly severity?: string }).severity !== 'ERROR' || /^(08|57P|25006|0A000|26000)/.test(state);
}

/** Whether what was asked may have been done although there is an error. An error of the statement itself says that it was not. */
const mayBeDone = (error: unknown): boolean => sqlStateOf(error) === undefined || /^(57P0[12]|08)/.test(sqlStateOf(error) ?? '');

const inWords: Readonly<Record<string, string>> = {
  '25006': 'it is read-only: a standby, or told so by default_transaction_read_only',
  '53100': 'its disk is full',
  '53200': 'its memory is full',
  '53300': 'it takes no more connections',
  '57014': 'it took too long',
};

/** Whatever went wrong between here and the server, for those who can only try again. */
export function asUnavailable(store: string, error: unknown): TuttiError {
  const state = sqlStateOf(error);
  if (state === undefined) return unavailable(store, problemOf(error), true, error);
  const known = inWords[state];
  return unavailable(
    store,
    known ? `${known} (${problemOf(error)})` : `it answered ${state}: ${problemOf(error)}`,
    mayBeDone(error),
    error,
  );
}

/** The answer, or a failure with `late()` when there is none after `patienceMs`. */
export function within<T>(clock: Clock, patienceMs: number, answer: Promise<T>, late: () => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const deadline = deadlineWheel(clock).at(clock.now() + patienceMs, () => reject(late()));
    answer.then(resolve, reject).finally(() => deadline.cancel());
  });
}
