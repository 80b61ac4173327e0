import { TuttiError } from '../errors/tutti-error.ts';
import type { InspectErrors } from './inspect-errors.ts';
import { type InspectionResponse, jsonResponse } from './inspection-message.ts';

/** The one map from codes to HTTP here. */
const statuses: Readonly<Record<Exclude<keyof InspectErrors, 'INSPECT_LISTEN_FAILED'>, number> & Record<string, number>> = {
  INSPECT_BAD_REQUEST: 400,
  INVALID_ARGUMENT: 400,
  INVALID_DATA: 400,
  INSPECT_UNAUTHENTICATED: 401,
  INSPECT_FORBIDDEN: 403,
  INSPECT_UNKNOWN: 404,
  INSPECT_METHOD_NOT_ALLOWED: 405,
  WRITE_CONFLICT: 409,
  INSPECT_TOO_LARGE: 413,
  INSPECT_NOT_JSON: 415,
  INSPECT_NOT_AUDITED: 503,
  NOT_RUNNING: 503,
  TIMEOUT: 504,
  DEADLINE_EXCEEDED: 504,
};

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/**
 * An error as RFC 9457 has it. One of the kit keeps its code, its message and the `path` of what is wrong: whoever reads it has
 * shown that they may. Of any other error nothing is said.
 * @param refusal The status of an error of the kit that nothing else is known of and that lasts.
 */
export function problemResponse(error: unknown, refusal: 422 | 500, extra: Readonly<Record<string, unknown>> = {}): InspectionResponse {
  const known = TuttiError.is<string>(error) ? error : undefined;
  const code = known?.code ?? 'INTERNAL';
  const status = statuses[code] ?? (known ? (known.retryable ? 503 : refusal) : 500);
  const details = (known?.details ?? {}) as { readonly path?: unknown; readonly allow?: readonly string[] };
  const problem = {
    type: `urn:tutti:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: titles[status],
    status,
    detail: known?.message ?? 'Something went wrong that is not the fault of the request; the log of the process says what.',
    code,
    ...(typeof details.path === 'string' && { path: details.path }),
    ...extra,
  };
  const headers = {
    ...(status === 401 && { 'www-authenticate': 'Bearer realm="tutti inspect"' }),
    ...(code === 'INSPECT_METHOD_NOT_ALLOWED' && details.allow && { allow: details.allow.join(', ') }),
  };
  return jsonResponse(status, problem, { type: 'application/problem+json', headers });
}
