import type { Duplex } from 'node:stream';

/**
 * What sends requests to one server. `Http1Connections` of `@tutti/core/http` does; so does every undici 8 `Dispatcher`, as this is the part of
 * one that a forwarder calls.
 */
export interface HttpDispatcher {
  /** False when the dispatcher is busy; the request is taken nevertheless. Failures go to the handler, never thrown. */
  dispatch(request: DispatchRequest, handler: DispatchHandler): boolean;
}

export interface DispatchRequest {
  readonly method: string;
  /** Path and query, sent as they are. */
  readonly path: string;
  readonly origin?: string;
  readonly headers?: readonly string[] | Readonly<Record<string, string | readonly string[]>> | null;
  readonly body?: NodeJS.ReadableStream | Uint8Array | string | null;
  /**
   * Fields to follow a body without a length, as name, value, name, value: asked for when the body has ended. Not every dispatcher can send
   * them; undici's leave them out.
   */
  readonly trailers?: () => readonly string[];
  /** Milliseconds without response headers; 0 for none. */
  readonly headersTimeout?: number;
  /** Milliseconds without a byte of the body; 0 for none. */
  readonly bodyTimeout?: number;
  /** The protocol to switch to; the request must have no body, and the handler an `onRequestUpgrade`. */
  readonly upgrade?: string;
}

/** Control over one request in flight. */
export interface DispatchController {
  readonly aborted: boolean;
  readonly paused: boolean;
  readonly reason: Error | null;
  readonly rawHeaders?: readonly (string | Uint8Array)[] | null;
  readonly rawTrailers?: readonly (string | Uint8Array)[] | null;
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

type IncomingHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Told of one request; after `onResponseEnd`, `onResponseError` or `onRequestUpgrade` nothing more comes. */
export interface DispatchHandler {
  onRequestStart(controller: DispatchController, context: unknown): void;
  onResponseStart(controller: DispatchController, statusCode: number, headers: IncomingHeaders, statusMessage?: string): void;
  onResponseData(controller: DispatchController, chunk: Buffer): void;
  onResponseEnd(controller: DispatchController, trailers: IncomingHeaders): void;
  onResponseError(controller: DispatchController, error: Error): void;
  /** The other side has switched to the protocol that was asked for; the connection, with what it has sent since, is the handler's. */
  onRequestUpgrade?(controller: DispatchController, statusCode: number, headers: IncomingHeaders, socket: Duplex): void;
}

/** What dispatchers say of a request that nobody could send: the fault of whoever made it, never of the server. */
const unsendable: ReadonlySet<unknown> = new Set(['HTTP_UNSENDABLE', 'UND_ERR_INVALID_ARG', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH']);

export function isUnsendable(error: Error): boolean {
  return 'code' in error && unsendable.has(error.code);
}

/** Whether a dispatcher of the kit found it: how a connection failed, and not what somebody else gave a request up for. */
export function isTransportFailure(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && error.code.startsWith('HTTP_');
}
