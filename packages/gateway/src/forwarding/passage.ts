import {
  type Call,
  coreError,
  type DispatchController,
  type DispatchHandler,
  type EndpointLease,
  type LeaseOutcome,
  TuttiError,
} from '@tutti/core';
import { gatewayError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { downstreamResponseHeaders } from './downstream-response-headers.ts';

const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/**
 * One request on its way through one lease: carries the answer to the client as fast as both sides take it, ends when
 * either side ends, and tells the lease how it went. What the client caused is not held against the endpoint.
 */
export class Passage implements DispatchHandler {
  readonly #exchange: Exchange;
  readonly #lease: EndpointLease;
  readonly #call: Call;
  readonly #startedAt: number;
  readonly #over: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #onAbort = (): void => this.#abort(this.#call.reason);
  readonly #resume = (): void => {
    if (!this.#isOver) this.#controller?.resume();
  };
  readonly #flush = (): void => {
    if (!this.#hasFlowed && !this.#isOver) this.#exchange.response.flush();
  };
  #isOver = false;
  #controller: DispatchController | undefined;
  #status = 0;
  /** Bytes of the body still to come, when the service said how many there are. */
  #missing: number = Number.POSITIVE_INFINITY;
  #hasFlowed = false;
  #isAnswered = false;

  constructor({ exchange, lease, call }: { readonly exchange: Exchange; readonly lease: EndpointLease; readonly call: Call }) {
    this.#exchange = exchange;
    this.#lease = lease;
    this.#call = call;
    this.#startedAt = call.runtime.clock.now();
    call.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Resolves when the whole answer has been handed to the client's side. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  onRequestStart(controller: DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(asError(this.#call.reason));
  }

  onResponseStart(controller: DispatchController, status: number, parsed: Parameters<DispatchHandler['onResponseStart']>[2]): void {
    if (this.#isOver || status < 200) return;
    this.#status = status;
    const { headers, length } = downstreamResponseHeaders(controller, parsed, status);
    if (length !== undefined) this.#missing = length;
    this.#exchange.response.begin(status, headers);
    queueMicrotask(this.#flush); // runs when all that came together has been handed over: mostly the body is among it
  }

  /** The last bytes leave together with the end, so that a small answer is one write. */
  onResponseData(controller: DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    const { response } = this.#exchange;
    this.#hasFlowed = true;
    this.#missing -= chunk.length;
    if (this.#missing === 0) {
      this.#isAnswered = true;
      response.end(chunk);
    } else if (!response.write(chunk)) {
      controller.pause();
      response.whenDrained(this.#resume);
    }
  }

  onResponseEnd(): void {
    const status = this.#status;
    if (!this.#finish({ kind: status >= 500 ? 'failure' : status >= 400 ? 'rejected' : 'success', status })) return;
    if (!this.#isAnswered) this.#exchange.response.end();
    this.#over.resolve();
  }

  onResponseError(_controller: DispatchController | null, cause: Error): void {
    const error = this.#typed(cause);
    if (this.#finish({ kind: blame(error), error })) this.#over.reject(error);
  }

  #typed(cause: Error): TuttiError {
    if (TuttiError.is(cause)) return cause;
    const code = 'code' in cause ? cause.code : undefined;
    if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') {
      return gatewayError('GATEWAY_BAD_REQUEST', { problem: 'the request cannot be passed on as it is' }, { cause });
    }
    const { serviceName, instanceId } = this.#lease.endpoint;
    const { request, response } = this.#exchange;
    if (!this.#controller && !request.body?.begun) return gatewayError('GATEWAY_CONNECT_FAILED', { serviceName, instanceId }, { cause });
    const harmless = idempotent.has(request.method) && !request.body && !response.begun;
    return gatewayError(harmless ? 'GATEWAY_RESPONSE_LOST' : 'GATEWAY_OUTCOME_UNKNOWN', { serviceName, instanceId }, { cause });
  }

  /** The time that a route gives is the endpoint's to keep, unless it was waiting for the client when it ran out. */
  #abort(reason: unknown): void {
    const waitsForClient = this.#controller?.paused || this.#exchange.request.body?.starved;
    if (!this.#finish({ kind: TuttiError.is(reason, 'TIMEOUT') && !waitsForClient ? 'failure' : 'cancelled', error: reason })) return;
    this.#exchange.request.body?.destroy(asError(reason));
    this.#controller?.abort(asError(reason));
    this.#over.reject(reason);
  }

  #finish(outcome: Omit<LeaseOutcome, 'latencyMs'>): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#call.signal.removeEventListener('abort', this.#onAbort);
    this.#lease.done({ ...outcome, latencyMs: this.#call.runtime.clock.now() - this.#startedAt });
    return true;
  }
}

function blame(error: TuttiError): LeaseOutcome['kind'] {
  if (error.code === 'CANCELLED') return 'cancelled';
  return error.code === 'GATEWAY_BODY_TOO_LARGE' || error.code === 'GATEWAY_BAD_REQUEST' ? 'rejected' : 'failure';
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : coreError('CANCELLED', { reason: String(reason) });
}
