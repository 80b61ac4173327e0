import { defineErrors, type ErrorFactory, type ErrorSpec, type TuttiError } from '@tutti/core';
import type { Failure } from './store/saga-record.ts';

export interface SagaErrors {
  readonly SAGA_TERMINAL: ErrorSpec<{ problem: string }>;
  readonly SAGA_UNKNOWN: ErrorSpec<{ saga: string; known: readonly string[] }>;
  readonly SAGA_NOT_FOUND: ErrorSpec<{ id: string }>;
  readonly SAGA_COMPENSATED: ErrorSpec<{ id: string; step: string; failure: Failure }>;
  readonly SAGA_COMPENSATION_FAILED: ErrorSpec<{ id: string; failure: Failure; steps: readonly string[] }>;
  readonly SAGA_RESULT_REFUSED: ErrorSpec<{ step: string; problem: string }>;
  readonly SAGA_FENCED: ErrorSpec<{ id: string; fence: number }>;
  readonly SAGA_RELEASED: ErrorSpec<{ id: string; reason: string }>;
}

export const sagaErrors: SagaErrors = {
  SAGA_TERMINAL: { retryable: false, message: (d) => d.problem },
  SAGA_UNKNOWN: { retryable: false, message: (d) => `there is no saga '${d.saga}'; known are ${d.known.join(', ') || 'none'}` },
  SAGA_NOT_FOUND: { retryable: false, message: (d) => `there is no saga with the id ${d.id}` },
  SAGA_COMPENSATED: { retryable: false, message: (d) => `everything was undone because '${d.step}' failed: ${d.failure.message}` },
  SAGA_COMPENSATION_FAILED: {
    retryable: false,
    message: (d) => `'${d.steps.join("', '")}' could not be undone after a failure (${d.failure.message}); somebody has to look at it`,
  },
  SAGA_RESULT_REFUSED: { retryable: false, message: (d) => `the result of '${d.step}' ${d.problem}` },
  SAGA_FENCED: { retryable: false, message: (d) => `saga ${d.id} is no longer held under fence ${d.fence}; nothing was written` },
  SAGA_RELEASED: { retryable: true, message: (d) => `the work on saga ${d.id} was given up here: ${d.reason}` },
};

export const sagaError: ErrorFactory<SagaErrors> = defineErrors(sagaErrors);

/** For a step to throw when trying again cannot help: the saga is undone. */
export function terminal(problem: string, options?: { readonly cause?: unknown }): TuttiError<'SAGA_TERMINAL', { problem: string }> {
  return sagaError('SAGA_TERMINAL', { problem }, options);
}
