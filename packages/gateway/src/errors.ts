import { defineErrors, type ErrorFactory, type ErrorSpec } from '@tutti/core';

/** Every code that the gateway itself throws. How each looks over HTTP is decided in one place, the problem table. */
export interface GatewayErrors {
  readonly GATEWAY_BAD_REQUEST: ErrorSpec<{ problem: string }>;
  readonly GATEWAY_EXPECTATION_UNKNOWN: ErrorSpec<Record<never, never>>;
  readonly GATEWAY_NO_ROUTE: ErrorSpec<Record<never, never>>;
  readonly GATEWAY_METHOD_NOT_ALLOWED: ErrorSpec<{ method: string; allow: readonly string[] }>;
  /** `challenges` are the values of WWW-Authenticate. */
  readonly GATEWAY_UNAUTHENTICATED: ErrorSpec<{ problem: string; challenges: readonly string[] }>;
  /** `challenges` as above, for credentials of which others could do more. */
  readonly GATEWAY_FORBIDDEN: ErrorSpec<{ problem: string; challenges?: readonly string[] }>;
  readonly GATEWAY_RATE_LIMITED: ErrorSpec<{ retryAfterMs: number }>;
  readonly GATEWAY_LIMITER_UNAVAILABLE: ErrorSpec<{ retryAfterMs: number }>;
  readonly GATEWAY_BODY_TOO_LARGE: ErrorSpec<{ maxBytes: number }>;
  readonly GATEWAY_KEYS_UNAVAILABLE: ErrorSpec<{ issuer: string }>;
  readonly GATEWAY_KEYS_NOT_FETCHED: ErrorSpec<{ url: string; problem: string }>;
  /** Of a service that checks who the gateway says that asks. */
  readonly GATEWAY_IDENTITY_REFUSED: ErrorSpec<{ problem: string }>;
  /** A middleware did what the contract of Middleware rules out. */
  readonly GATEWAY_MIDDLEWARE_MISUSED: ErrorSpec<{ middleware: string; problem: string }>;
  readonly GATEWAY_STOPPING: ErrorSpec<Record<never, never>>;
  readonly GATEWAY_BODY_TAKEN: ErrorSpec<Record<never, never>>;
  /** Nothing was sent upstream. */
  readonly GATEWAY_CONNECT_FAILED: ErrorSpec<{ serviceName: string; instanceId: string }>;
  /** Sent, and no answer began; to send it again does no harm. */
  readonly GATEWAY_RESPONSE_LOST: ErrorSpec<{ serviceName: string; instanceId: string }>;
  /** Sent, and no whole answer came; it may have been done. */
  readonly GATEWAY_OUTCOME_UNKNOWN: ErrorSpec<{ serviceName: string; instanceId: string }>;
  /** An answer or a tunnel had begun, and then nothing moved in either direction. */
  readonly GATEWAY_STALLED: ErrorSpec<{ serviceName: string; instanceId: string; idleMs: number }>;
  readonly GATEWAY_RESPONSE_TOO_LARGE: ErrorSpec<{ maxBytes: number }>;
  readonly GATEWAY_HEADERS_TOO_LARGE: ErrorSpec<Record<never, never>>;
  readonly GATEWAY_TARGET_TOO_LONG: ErrorSpec<{ maxBytes: number }>;
  /** The process has more to do than it can; nothing was done. */
  readonly GATEWAY_OVERLOADED: ErrorSpec<{ retryAfterMs: number }>;
  readonly GATEWAY_REQUEST_TOO_SLOW: ErrorSpec<Record<never, never>>;
}

export const gatewayErrors: GatewayErrors = {
  GATEWAY_BAD_REQUEST: { retryable: false, message: (d) => d.problem },
  GATEWAY_EXPECTATION_UNKNOWN: { retryable: false, message: () => 'the only expectation that is met is 100-continue' },
  GATEWAY_NO_ROUTE: { retryable: false, message: () => 'no route leads there' },
  GATEWAY_METHOD_NOT_ALLOWED: { retryable: false, message: (d) => `${d.method} is not allowed here; ${d.allow.join(', ')} would be` },
  GATEWAY_UNAUTHENTICATED: { retryable: false, message: (d) => d.problem },
  GATEWAY_FORBIDDEN: { retryable: false, message: (d) => d.problem },
  GATEWAY_RATE_LIMITED: {
    retryable: true,
    message: (d) => `too many requests; the next one is allowed in ${Math.ceil(d.retryAfterMs)} ms`,
  },
  GATEWAY_LIMITER_UNAVAILABLE: { retryable: true, message: () => 'nobody can say now how much was used of the limits' },
  GATEWAY_BODY_TOO_LARGE: { retryable: false, message: (d) => `the body of the request is larger than ${d.maxBytes} bytes` },
  GATEWAY_KEYS_UNAVAILABLE: { retryable: true, message: () => 'tokens cannot be checked now: their keys cannot be fetched' },
  GATEWAY_KEYS_NOT_FETCHED: { retryable: true, message: (d) => `the keys at ${d.url} could not be fetched: ${d.problem}` },
  GATEWAY_IDENTITY_REFUSED: { retryable: false, message: (d) => `who the request is said to be from is not believed: ${d.problem}` },
  GATEWAY_MIDDLEWARE_MISUSED: { retryable: false, message: (d) => `the middleware ${d.middleware} ${d.problem}` },
  GATEWAY_BODY_TAKEN: {
    retryable: false,
    message: () => 'the server that the gateway is mounted in has read the body: mount it before body parsers',
  },
  GATEWAY_STOPPING: { retryable: true, message: () => 'the gateway is stopping' },
  GATEWAY_CONNECT_FAILED: { retryable: true, message: (d) => `no connection to ${d.instanceId} of ${d.serviceName}; nothing was sent` },
  GATEWAY_RESPONSE_LOST: { retryable: true, message: (d) => `${d.instanceId} of ${d.serviceName} did not answer` },
  GATEWAY_OUTCOME_UNKNOWN: {
    retryable: false,
    message: (d) => `${d.instanceId} of ${d.serviceName} did not answer to the end, and may or may not have done what it was asked`,
  },
  GATEWAY_STALLED: {
    retryable: false,
    message: (d) => `nothing moved between the client and ${d.instanceId} of ${d.serviceName} for ${d.idleMs} ms`,
  },
  GATEWAY_RESPONSE_TOO_LARGE: { retryable: false, message: (d) => `the answer is larger than ${d.maxBytes} bytes` },
  GATEWAY_TARGET_TOO_LONG: { retryable: false, message: (d) => `the path and query of the request are longer than ${d.maxBytes} bytes` },
  GATEWAY_OVERLOADED: { retryable: true, message: () => 'the gateway has more to do than it can' },
  GATEWAY_HEADERS_TOO_LARGE: { retryable: false, message: () => 'the headers of the request are too large' },
  GATEWAY_REQUEST_TOO_SLOW: { retryable: true, message: () => 'the request did not arrive in time' },
};

export const gatewayError: ErrorFactory<GatewayErrors> = defineErrors(gatewayErrors);
