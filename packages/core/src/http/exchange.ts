import type { Socket } from 'node:net';
import type { DispatchController, DispatchHandler, DispatchRequest } from '../ports/http-dispatcher.ts';
import type { Fields } from './fields.ts';
import type { Patience } from './patience.ts';
import { isStream, type RequestHead } from './request-head.ts';
import type { ResponseHead } from './response-head.ts';

/** What carries one exchange at a time. */
export interface Carrier {
  /** Ends it, if it is still under way. */
  abort(exchange: Exchange, reason: Error): void;
  pause(): void;
  resume(): void;
}

/** One request with its answer, and the control that its handler has over it. */
export class Exchange implements DispatchController {
  readonly request: DispatchRequest;
  readonly head: RequestHead;
  aborted = false;
  paused = false;
  reason: Error | null = null;
  rawHeaders: string[] | null = null;
  rawTrailers: string[] | null = null;
  readonly #handler: DispatchHandler;
  readonly #patience: Patience | undefined;
  #connection: Carrier | undefined;

  /** @param patience How long it waits for its answer, where that is bounded. */
  constructor(request: DispatchRequest, head: RequestHead, handler: DispatchHandler, patience: Patience | undefined) {
    this.request = request;
    this.head = head;
    this.#handler = handler;
    this.#patience = patience;
    if (isStream(request.body)) request.body.on('error', ignored); // while it waits for a connection nobody else listens
  }

  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.#connection?.abort(this, reason);
  }

  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.#patience?.stop();
    this.#connection?.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    if (!this.#connection) return;
    this.#patience?.beginAnew(this);
    this.#connection.resume();
  }

  started(connection: Carrier): void {
    this.#connection = connection;
    this.#patience?.waitFor('headers', this);
    this.#handler.onRequestStart(this, undefined);
  }

  answered({ status, reason, fields }: ResponseHead): void {
    this.rawHeaders = fields.raw;
    if (status >= 200) this.#patience?.waitFor('body', this);
    this.#handler.onResponseStart(this, status, fields.byName, reason);
  }

  received(chunk: Buffer): void {
    this.#patience?.waitFor('body', this);
    this.#handler.onResponseData(this, chunk);
  }

  ended(trailers: Fields | undefined): void {
    this.#over();
    this.rawTrailers = trailers?.raw ?? null;
    this.#handler.onResponseEnd(this, trailers?.byName ?? {});
  }

  switched({ status, fields }: ResponseHead, socket: Socket): void {
    this.#over();
    this.rawHeaders = fields.raw;
    this.#handler.onRequestUpgrade?.(this, status, fields.byName, socket);
  }

  failed(error: Error): void {
    this.#over();
    try {
      this.#handler.onResponseError(this, error);
    } catch {
      // who cannot even hear of a failure cannot be told of this one
    }
  }

  #over(): void {
    this.#connection = undefined;
    this.#patience?.stop();
    const { body } = this.request;
    if (isStream(body)) body.off('error', ignored);
  }
}

function ignored(): void {}
