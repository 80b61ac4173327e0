import { type CoreErrors, type DetailsOf, TuttiError } from '@tutti/core';
import { sagaError } from '../../errors.ts';

type Conflict = TuttiError<'WRITE_CONFLICT', DetailsOf<CoreErrors['WRITE_CONFLICT']>>;
type Refusal = TuttiError<'INVALID_ARGUMENT', DetailsOf<CoreErrors['INVALID_ARGUMENT']>>;

const isConflict = (error: unknown): error is Conflict => TuttiError.is(error, 'WRITE_CONFLICT');
const isRefusal = (error: unknown): error is Refusal => TuttiError.is(error, 'INVALID_ARGUMENT');

/** Whether a set was refused by the store's own statements, which are the first `own` of it: somebody else was first. */
export function isOwnConflict(error: unknown, own: number): boolean {
  return isConflict(error) && (error.details.index ?? 0) < own;
}

/** The error of a set whose statements from `own` on were those of a step: theirs in the words of sagas, any other as it is. */
export function statementError(error: unknown, id: string, own: number): unknown {
  if (isConflict(error)) {
    const { index = 0, actualRows: rows, constraint } = error.details;
    const statement = index - own + 1;
    if (statement < 1) return error;
    if (constraint !== undefined) return sagaError('SAGA_TX_REFUSED', { id, statement, problem: constraint }, { cause: error });
    return sagaError('SAGA_TX_CONFLICT', { id, statement, rows }, { cause: error });
  }
  if (isRefusal(error)) {
    const statement = Number(/\.statements\[(\d+)\]/.exec(error.details.path)?.[1] ?? -1) - own + 1;
    if (statement >= 1) return sagaError('SAGA_TX_REFUSED', { id, statement, problem: error.details.problem }, { cause: error });
  }
  return error;
}
