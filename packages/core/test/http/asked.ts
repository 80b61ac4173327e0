import type { DispatchController, DispatchHandler, DispatchRequest, HttpDispatcher } from '../../src/ports/http-dispatcher.ts';

type Named = Parameters<DispatchHandler['onResponseStart']>[2];

/** One request and all that its handler was told. What `also` has is called too, after it was written down. */
export class Asked implements DispatchHandler {
  /** Such as `start`, `200`, `data`, `end` and `HTTP_TIMEOUT`; what follows itself only once. */
  readonly told: string[] = [];
  ends = 0;
  controller: DispatchController | undefined;
  status = 0;
  headers: Named = {};
  trailers: Named = {};
  body = '';
  error: (Error & { readonly code?: string }) | undefined;
  readonly onRequestUpgrade?: NonNullable<DispatchHandler['onRequestUpgrade']>;
  readonly #also: Partial<DispatchHandler>;
  readonly #over: PromiseWithResolvers<this> = Promise.withResolvers();

  constructor(also: Partial<DispatchHandler> = {}) {
    this.#also = also;
    if (also.onRequestUpgrade)
      this.onRequestUpgrade = (...parts) => {
        this.#end('upgrade');
        also.onRequestUpgrade?.(...parts);
      };
  }

  /** Resolves when it has heard an end. */
  get over(): Promise<this> {
    return this.#over.promise;
  }

  onRequestStart(controller: DispatchController, context: unknown): void {
    this.controller = controller;
    this.#note('start');
    this.#also.onRequestStart?.(controller, context);
  }

  onResponseStart(...parts: Parameters<DispatchHandler['onResponseStart']>): void {
    [, this.status, this.headers] = parts;
    this.#note(String(this.status));
    this.#also.onResponseStart?.(...parts);
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    this.body += chunk.toString('latin1');
    this.#note('data');
    this.#also.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: DispatchController, trailers: Named): void {
    this.trailers = trailers;
    this.#end('end');
    this.#also.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: DispatchController, error: Error): void {
    this.error = error;
    this.#end((error as { code?: string }).code ?? error.message);
    this.#also.onResponseError?.(controller, error);
  }

  #note(what: string): void {
    if (this.told.at(-1) !== what || this.ends > 0) this.told.push(what);
  }

  #end(what: string): void {
    this.#note(what);
    this.ends++;
    this.#over.resolve(this);
  }
}

/** Dispatches, a GET of `/` where nothing else is said. */
export function ask(connections: HttpDispatcher, request: Partial<DispatchRequest> = {}, also: Partial<DispatchHandler> = {}): Asked {
  const asked = new Asked(also);
  connections.dispatch({ method: 'GET', path: '/', ...request }, asked);
  return asked;
}
