import { defineErrors, type ErrorFactory } from '../errors/define-errors.ts';
import type { ErrorSpec } from '../errors/tutti-error.ts';

/** Every code that the inspection API adds to those of core. */
export interface InspectErrors {
  readonly INSPECT_BAD_REQUEST: ErrorSpec<{ problem: string }>;
  readonly INSPECT_UNAUTHENTICATED: ErrorSpec<{ problem: string }>;
  readonly INSPECT_FORBIDDEN: ErrorSpec<{ problem: string }>;
  readonly INSPECT_UNKNOWN: ErrorSpec<{ what: string }>;
  readonly INSPECT_METHOD_NOT_ALLOWED: ErrorSpec<{ method: string; allow: readonly string[] }>;
  readonly INSPECT_NOT_JSON: ErrorSpec<object>;
  readonly INSPECT_TOO_LARGE: ErrorSpec<{ maxBytes: number }>;
  readonly INSPECT_NOT_AUDITED: ErrorSpec<{ action: string }>;
  readonly INSPECT_LISTEN_FAILED: ErrorSpec<{ host: string; port: number; problem: string }>;
}

export const inspectErrors: InspectErrors = {
  INSPECT_BAD_REQUEST: { retryable: false, message: (d) => `the request cannot be understood: ${d.problem}` },
  INSPECT_UNAUTHENTICATED: { retryable: false, message: (d) => d.problem },
  INSPECT_FORBIDDEN: { retryable: false, message: (d) => d.problem },
  INSPECT_UNKNOWN: { retryable: false, message: (d) => `there is no ${d.what} here` },
  INSPECT_METHOD_NOT_ALLOWED: { retryable: false, message: (d) => `${d.method} is not for this; ${d.allow.join(', ')} is` },
  INSPECT_NOT_JSON: { retryable: false, message: () => 'the body of an action is JSON, and its content-type says application/json' },
  INSPECT_TOO_LARGE: { retryable: false, message: (d) => `the body is larger than ${d.maxBytes} bytes` },
  INSPECT_NOT_AUDITED: { retryable: true, message: (d) => `${d.action} was not begun, because it could not be recorded` },
  INSPECT_LISTEN_FAILED: { retryable: true, message: (d) => `the inspection API cannot listen on ${d.host}, port ${d.port}: ${d.problem}` },
};

export const inspectError: ErrorFactory<InspectErrors> = defineErrors(inspectErrors);
