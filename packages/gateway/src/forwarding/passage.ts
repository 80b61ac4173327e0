import {
  type Call,
  coreError,
  type DispatchController,
  type DispatchHandler,
  type EndpointLease,
  type LeaseOutcome,
  readLoadHeader,
  TuttiError,
} from '@tutti/core';
import { gatewayError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { failureKind, statusKind, typedFailure } from './blame.ts';
import { announcedTrailers, downstreamResponseHeaders, downstreamTrailers } from './downstream-response-headers.ts';
import { IdleWatch } from './idle-watch.ts';
import { switched } from './switched.ts';
import type { Tunnel } from './tunnel.ts';

export interface PassageOptions {
  readonly exchange: Exchange;
  readonly lease: EndpointLease;
  readonly call: Call;
  /** How long nothing may move once the answer has begun. */
  readonly idleMs: number;
  /** Whether the request can be sent a second time, and that does no harm. */
  readonly repeatable: () => boolean;
}

type Parsed = Parameters<DispatchHandler['onResponseStart']>[2];

const turnsEnd: Promise<void> = Promise.resolve();

/**
 * One request on its way through one lease: carries the answer to the client as fast as both sides take it, ends when
 * either side ends, and tells the lease how it went. What the client caused is not held against the endpoint.
 */
export class Passage implements DispatchHandler {
  readonly #options: PassageOptions;
  readonly #startedAt: number;
  readonly #over: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #unlisten: () => void;
  #isOver = false;
  #controller: DispatchController | undefined;
  /** The connection was there: what it took to make one says nothing about the endpoint's load. */
  #sentAt: number;
  #status = 0;
  /** Bytes of the body still to come, when the service said how many there are. */
  #missing: number = Number.POSITIVE_INFINITY;
  #hasFlowed = false;
  #isAnswered = false;
  #idle: IdleWatch | undefined;
  #tunnel: Tunnel | undefined;

  constructor(options: PassageOptions) {
    this.#options = options;
    const { call } = options;
    this.#startedAt = call.runtime.clock.now();
    this.#sentAt = this.#startedAt;
    this.#unlisten = call.onCancel((reason) => this.#abort(reason));
  }

  /** Resolves when the whole answer has been handed to the client's side. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  onRequestStart(controller: DispatchController): void {
    this.#controller = controller;
    this.#sentAt = this.#now();
    if (this.#isOver) controller.abort(asError(this.#options.call.reason));
  }

  onResponseStart(controller: DispatchController, status: number, parsed: Parsed): void {
    if (this.#isOver || status === 100) return; // nobody asked for that one: who waits to be told to go on is told by the gateway
    const { exchange, lease } = this.#options;
    const { headers, length } = downstreamResponseHeaders(controller, parsed, status, exchange.saysWhoMayRead);
    if (status < 200) {
      exchange.response.inform(status, headers);
      return;
    }
    this.#status = status;
    this.#answered(parsed);
    if (length !== undefined) this.#missing = length;
    if (lease.session) headers.push(...lease.session);
    const announced = exchange.request.method === 'HEAD' || exchange.request.httpVersion === '1.0' ? undefined : announcedTrailers(parsed);
    if (announced !== undefined && status !== 204 && status !== 304) headers.push('trailer', announced);
    exchange.response.begin(status, headers);
    void turnsEnd.then(this.#settle); // a fifth of what queueMicrotask costs; runs when all that came together has been handed over: mostly the body is among it
  }

  /** The last bytes leave together with the end, so that a small answer is one write. */
  onResponseData(controller: DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    const { response } = this.#options.exchange;
    this.#hasFlowed = true;
    this.#idle?.moved();
    this.#missing -= chunk.length;
    if (this.#missing === 0) {
      this.#isAnswered = true;
      response.end(chunk);
    } else if (!response.write(chunk)) {
      controller.pause();
      response.whenDrained(this.#resume);
    }
  }

  onResponseEnd(controller: DispatchController, trailers: Parsed): void {
    if (!this.#finish({ kind: statusKind(this.#status), status: this.#status })) return;
    const { response } = this.#options.exchange;
    if (!this.#isAnswered) {
      const fields = downstreamTrailers(controller, trailers);
      if (fields.length > 0) response.trail(fields);
      response.end();
    }
    this.#over.resolve();
  }

  onResponseError(_controller: DispatchController | null, cause: Error): void {
    const { lease, exchange, repeatable } = this.#options;
    const { serviceName, instanceId } = lease.endpoint;
    const error = typedFailure(cause, {
      serviceName,
      instanceId,
      sent: this.#controller !== undefined,
      repeatable: !exchange.response.answering && repeatable(),
    });
    if (this.#finish({ kind: failureKind(error), error })) this.#over.reject(error);
  }

  /** The service has switched; only now does the client hear that it may. */
  onRequestUpgrade(controller: DispatchController, status: number, parsed: Parsed, service: Parameters<typeof switched>[1]): void {
    const { lease, exchange, call, idleMs } = this.#options;
    if (this.#isOver) {
      service.destroy();
      return;
    }
    this.#answered(parsed);
    const { headers } = downstreamResponseHeaders(controller, parsed, status);
    if (lease.session) headers.push(...lease.session);
    const { serviceName, instanceId } = lease.endpoint;
    this.#tunnel = switched(exchange.request, service, { offered: parsed['upgrade'], headers, clock: call.runtime.clock, idleMs });
    if (!this.#tunnel) {
      service.destroy();
      this.onResponseError(null, new Error('the service switched to a protocol that nobody asked for'));
      return;
    }
    void this.#tunnel.over.then(({ kind, error: cause }) => {
      if (kind === 'service broke') {
        const error = gatewayError('GATEWAY_OUTCOME_UNKNOWN', { serviceName, instanceId }, { cause });
        if (this.#finish({ kind: 'failure', status, error })) this.#over.reject(error);
      } else if (kind === 'stalled') this.#abort(gatewayError('GATEWAY_STALLED', { serviceName, instanceId, idleMs }));
      else if (kind === 'client broke') this.#abort(coreError('CANCELLED', { reason: 'the client left its tunnel' }));
      else if (this.#finish({ kind: 'success', status })) this.#over.resolve();
    });
  }

  /** However long the rest takes, that the answer has begun is what tells how the endpoint does. */
  #answered(parsed: Parsed): void {
    const { lease } = this.#options;
    lease.answered?.(this.#now() - this.#sentAt);
    const report = readLoadHeader(parsed);
    if (report) lease.reported?.(report.utilization);
  }

  readonly #settle = (): void => {
    if (this.#isOver) return;
    const { exchange, call, idleMs, lease } = this.#options;
    if (!this.#hasFlowed) exchange.response.flush();
    const { serviceName, instanceId } = lease.endpoint;
    this.#idle = new IdleWatch({
      clock: call.runtime.clock,
      idleMs,
      elsewhere: () => exchange.request.body?.received ?? 0,
      onIdle: () => this.#abort(gatewayError('GATEWAY_STALLED', { serviceName, instanceId, idleMs })),
    });
  };

  readonly #resume = (): void => {
    if (this.#isOver) return;
    this.#idle?.moved();
    this.#controller?.resume();
  };

  #abort(reason: unknown): void {
    if (!this.#finish({ kind: this.#isToBlame(reason) ? 'failure' : 'cancelled', error: reason })) return;
    this.#options.exchange.request.body?.destroy(asError(reason));
    this.#controller?.abort(asError(reason));
    this.#tunnel?.destroy();
    this.#over.reject(reason);
  }

  /**
   * The time that a route gives is the endpoint's to keep, unless it was waiting for the client when it ran out. One that has nothing to
   * say for long may just have nothing to say, unless it had promised more.
   */
  #isToBlame(reason: unknown): boolean {
    if (this.#controller?.paused || this.#options.exchange.request.body?.starved) return false;
    if (TuttiError.is(reason, 'GATEWAY_STALLED')) return Number.isFinite(this.#missing);
    return TuttiError.is(reason, 'TIMEOUT');
  }

  #finish(outcome: Omit<LeaseOutcome, 'latencyMs'>): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#unlisten();
    this.#idle?.stop();
    this.#options.lease.done({ ...outcome, latencyMs: this.#now() - this.#startedAt });
    return true;
  }

  #now(): number {
    return this.#options.call.runtime.clock.now();
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : coreError('CANCELLED', { reason: String(reason) });
}
