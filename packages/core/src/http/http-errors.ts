import { defineErrors, type ErrorFactory } from '../errors/define-errors.ts';
import type { ErrorSpec } from '../errors/tutti-error.ts';

/** Every code with which {@link Http1Connections} tell a handler that no whole answer comes. */
export interface HttpErrors {
  /** The request itself cannot be sent as HTTP/1.1, or its body is not as long as it says. Nobody else could send it either. */
  readonly HTTP_UNSENDABLE: ErrorSpec<{ problem: string }>;
  /** What came back is no answer, or one that could be read in more than one way. */
  readonly HTTP_MALFORMED_RESPONSE: ErrorSpec<{ origin: string; problem: string }>;
  /** The connection could not be made, or ended before the answer did. */
  readonly HTTP_CONNECTION_LOST: ErrorSpec<{ origin: string; problem: string }>;
  readonly HTTP_TIMEOUT: ErrorSpec<{ origin: string; phase: 'connecting' | 'headers' | 'body'; timeoutMs: number }>;
  /** `destroy` was called. */
  readonly HTTP_DESTROYED: ErrorSpec<{ origin: string }>;
}

export const httpErrors: HttpErrors = {
  HTTP_UNSENDABLE: { retryable: false, message: ({ problem }) => `the request cannot be sent: ${problem}` },
  HTTP_MALFORMED_RESPONSE: { retryable: true, message: ({ origin, problem }) => `${origin} answered what is no HTTP/1.1: ${problem}` },
  HTTP_CONNECTION_LOST: { retryable: true, message: ({ origin, problem }) => `the connection to ${origin} was lost: ${problem}` },
  HTTP_TIMEOUT: {
    retryable: true,
    failure: 'timeout',
    message: ({ origin, phase, timeoutMs }) => `${origin} let ${timeoutMs} ms pass without ${needed[phase]}`,
  },
  HTTP_DESTROYED: { retryable: true, message: ({ origin }) => `the connections to ${origin} were closed` },
};

const needed = { connecting: 'a connection', headers: 'the head of an answer', body: 'a byte of its body' } as const;

export const httpError: ErrorFactory<HttpErrors> = defineErrors(httpErrors);
