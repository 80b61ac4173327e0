import { TuttiError } from '@tutti/core';
import type { GatewayErrors } from './errors.ts';

/** RFC 9457, with the code and the trace by which the people behind the gateway find out more. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly traceId: string;
  /** Absent when the request could not be read. */
  readonly requestId?: string;
}

interface Entry {
  readonly status: number;
  readonly title: string;
  /** Shown instead of the error's own message, which may name hosts or instances. */
  readonly detail?: string;
}

const unavailable = { status: 503, title: 'Service Unavailable', detail: 'No instance of the service can be reached now.' };
const noAnswer = { status: 502, title: 'Bad Gateway', detail: 'The service did not answer to the end.' };
const passing: Entry = { status: 503, title: 'Service Unavailable', detail: 'The request cannot be served now.' };
const tooLate = { status: 504, title: 'Gateway Timeout', detail: 'The service did not answer in time.' };

/**
 * The one map from codes to HTTP. A code of another package is known here by its name alone. What is not listed is 503
 * when it may pass by itself and 500 when not.
 */
const table: Readonly<Record<keyof GatewayErrors, Entry> & Record<string, Entry>> = {
  GATEWAY_BAD_REQUEST: { status: 400, title: 'Bad Request' },
  GATEWAY_UNAUTHENTICATED: { status: 401, title: 'Unauthorized' },
  GATEWAY_FORBIDDEN: { status: 403, title: 'Forbidden' },
  GATEWAY_NO_ROUTE: { status: 404, title: 'Not Found' },
  GATEWAY_METHOD_NOT_ALLOWED: { status: 405, title: 'Method Not Allowed' },
  GATEWAY_REQUEST_TOO_SLOW: { status: 408, title: 'Request Timeout' },
  GATEWAY_BODY_TOO_LARGE: { status: 413, title: 'Content Too Large' },
  GATEWAY_TARGET_TOO_LONG: { status: 414, title: 'URI Too Long' },
  GATEWAY_EXPECTATION_UNKNOWN: { status: 417, title: 'Expectation Failed' },
  GATEWAY_RATE_LIMITED: { status: 429, title: 'Too Many Requests' },
  GATEWAY_HEADERS_TOO_LARGE: { status: 431, title: 'Request Header Fields Too Large' },
  GATEWAY_RESPONSE_LOST: noAnswer,
  GATEWAY_OUTCOME_UNKNOWN: noAnswer,
  GATEWAY_RESPONSE_TOO_LARGE: { status: 502, title: 'Bad Gateway', detail: 'The answer of the service is too large.' },
  GATEWAY_CONNECT_FAILED: unavailable,
  MESH_NO_ENDPOINT: unavailable,
  NOT_RUNNING: unavailable,
  GATEWAY_KEYS_UNAVAILABLE: { status: 503, title: 'Service Unavailable' },
  GATEWAY_LIMITER_UNAVAILABLE: { status: 503, title: 'Service Unavailable' },
  GATEWAY_KEYS_NOT_FETCHED: passing,
  GATEWAY_IDENTITY_REFUSED: { status: 401, title: 'Unauthorized' },
  GATEWAY_MIDDLEWARE_MISUSED: {
    status: 500,
    title: 'Internal Server Error',
    detail: 'The request could not be served.',
  },
  GATEWAY_BODY_TAKEN: { status: 500, title: 'Internal Server Error', detail: 'The request could not be served.' },
  GATEWAY_STOPPING: { status: 503, title: 'Service Unavailable' },
  GATEWAY_OVERLOADED: passing,
  OVERLOADED: passing,
  GATEWAY_STALLED: tooLate,
  TIMEOUT: tooLate,
  DEADLINE_EXCEEDED: tooLate,
};
const lasting: Entry = { status: 500, title: 'Internal Server Error', detail: 'The request could not be served.' };

/** What a client is told of an error: nothing that names a machine, and nothing at all of an error that is not the kit's. */
export function problemOf(error: unknown, traceparent: string, requestId?: string): Problem {
  const known = TuttiError.is(error) ? error : undefined;
  const code = known?.code ?? 'INTERNAL';
  const { status, title, detail = known?.message ?? title } = table[code] ?? (known?.retryable ? passing : lasting);
  return {
    type: `urn:tutti:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    detail,
    code,
    traceId: traceparent.split('-')[1] ?? '',
    ...(requestId !== undefined && { requestId }),
  };
}

/** Headers that belong to a problem, as name, value, name, value. */
export function problemHeaders(error: unknown): string[] {
  const headers = ['content-type', 'application/problem+json', 'cache-control', 'no-store'];
  if (TuttiError.is(error, 'GATEWAY_METHOD_NOT_ALLOWED'))
    headers.push('allow', detailsOf<'GATEWAY_METHOD_NOT_ALLOWED'>(error).allow.join(', '));
  if (TuttiError.is(error, 'GATEWAY_UNAUTHENTICATED') || TuttiError.is(error, 'GATEWAY_FORBIDDEN')) {
    const { challenges = [] } = error.details as Details<'GATEWAY_FORBIDDEN'>;
    for (const challenge of challenges) headers.push('www-authenticate', challenge);
  }
  // whatever the code, of this package or another one
  const { retryAfterMs } = (TuttiError.is(error) ? error.details : {}) as { readonly retryAfterMs?: unknown };
  if (typeof retryAfterMs === 'number') headers.push('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1_000))));
  return headers;
}

type Details<C extends keyof GatewayErrors> = Parameters<GatewayErrors[C]['message']>[0];

/** The code was checked, and only the error table makes errors of it. */
function detailsOf<C extends keyof GatewayErrors>(error: TuttiError<C>): Details<C> {
  return error.details as Details<C>;
}
