import { defineErrors, type ErrorFactory, type ErrorSpec, type TuttiError } from '@tutti/core';
import type { Failure } from './store/journal-entry.ts';
import type { SagaStatus } from './store/saga-record.ts';

export interface SagaErrors {
  readonly SAGA_TERMINAL: ErrorSpec<{ problem: string }>;
  readonly SAGA_UNKNOWN: ErrorSpec<{ saga: string; known: readonly string[] }>;
  readonly SAGA_NOT_FOUND: ErrorSpec<{ id: string }>;
  readonly SAGA_COMPENSATED: ErrorSpec<{ id: string; step: string; failure: Failure }>;
  readonly SAGA_COMPENSATION_FAILED: ErrorSpec<{ id: string; failure: Failure; steps: readonly string[] }>;
  readonly SAGA_STUCK: ErrorSpec<{ id: string; step: string; failure: Failure }>;
  readonly SAGA_CANCELLED: ErrorSpec<{ actor: string; reason: string }>;
  readonly SAGA_TIMEOUT: ErrorSpec<{ saga: string }>;
  readonly SAGA_STEP_SILENT: ErrorSpec<{ step: string; attempts: number }>;
  readonly SAGA_STEP_TIMEOUT: ErrorSpec<{ step: string; totalTimeoutMs: number }>;
  readonly SAGA_WAIT_TIMEOUT: ErrorSpec<{ key: string }>;
  readonly SAGA_LOCKED: ErrorSpec<{ key: string; holder: string }>;
  readonly SAGA_PAYLOAD_REFUSED: ErrorSpec<{ what: string; problem: string }>;
  readonly SAGA_REQUEST_REFUSED: ErrorSpec<{ id: string; verb: string; status: SagaStatus; legal: readonly string[] }>;
  readonly SAGA_TX_CONFLICT: ErrorSpec<{ id: string; statement: number; rows: number }>;
  readonly SAGA_TX_REFUSED: ErrorSpec<{ id: string; statement: number; problem: string }>;
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
  SAGA_STUCK: {
    retryable: false,
    message: (d) =>
      `'${d.step}' cannot be finished, and what was done is not undone any more (${d.failure.message}); somebody has to look at it`,
  },
  SAGA_CANCELLED: { retryable: false, message: (d) => `cancelled by ${d.actor}: ${d.reason}` },
  SAGA_TIMEOUT: { retryable: false, message: (d) => `'${d.saga}' did not get to its end in time` },
  SAGA_STEP_SILENT: {
    retryable: false,
    message: (d) => `the last of ${d.attempts} attempts of '${d.step}' went silent: its worker died, or lost its lease`,
  },
  SAGA_STEP_TIMEOUT: { retryable: false, message: (d) => `all attempts of '${d.step}' together took longer than ${d.totalTimeoutMs} ms` },
  SAGA_WAIT_TIMEOUT: { retryable: false, message: (d) => `another saga kept '${d.key}' for longer than this one may wait` },
  SAGA_LOCKED: { retryable: true, message: (d) => `'${d.key}' is held by saga ${d.holder}; nothing was started` },
  SAGA_PAYLOAD_REFUSED: { retryable: false, message: (d) => `${d.what} ${d.problem}` },
  SAGA_REQUEST_REFUSED: {
    retryable: false,
    message: (d) => `a saga that is ${d.status} cannot be asked to ${d.verb}; it can be asked to ${d.legal.join(', ') || 'do nothing'}`,
  },
  SAGA_TX_CONFLICT: { retryable: true, message: (d) => `statement ${d.statement} of the step changed ${d.rows} rows; nothing was written` },
  SAGA_TX_REFUSED: { retryable: false, message: (d) => `the database refused statement ${d.statement} of the step: ${d.problem}` },
  SAGA_FENCED: { retryable: false, message: (d) => `saga ${d.id} is no longer held under fence ${d.fence}; nothing was written` },
  SAGA_RELEASED: { retryable: true, message: (d) => `the work on saga ${d.id} was given up here: ${d.reason}` },
};

export const sagaError: ErrorFactory<SagaErrors> = defineErrors(sagaErrors);

/** For a step to throw when trying again cannot help: the saga is undone. */
export function terminal(problem: string, options?: { readonly cause?: unknown }): TuttiError<'SAGA_TERMINAL', { problem: string }> {
  return sagaError('SAGA_TERMINAL', { problem }, options);
}
