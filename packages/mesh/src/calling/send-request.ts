import {
  type Call,
  coreError,
  type DispatchController,
  type DispatchHandler,
  isUnsendable,
  type LeaseOutcome,
  readLoadHeader,
  readResultHeaders,
  type ServiceResponse,
  type TuttiError,
  writeCallHeaders,
} from '@tutti/core';
import type { Blame } from '../endpoint/blame.ts';
import type { MeshLease } from '../endpoint/mesh-lease.ts';
import type { Sent } from '../endpoint/responsiveness.ts';
import { meshError } from '../errors.ts';
import { isRepeatable, type RequestContent } from './request-content.ts';
import { serviceResponse } from './service-response.ts';

/** One request on its way to one endpoint. */
export interface Shipment {
  readonly lease: MeshLease;
  readonly content: RequestContent;
  readonly call: Call;
  readonly maxResponseBytes: number;
  readonly blame: Blame;
}

/**
 * Sends one request over one lease and reports to it how that went. The connection is broken when the call is
 * cancelled, so the other side learns of it too.
 */
export function sendRequest(shipment: Shipment): Promise<ServiceResponse> {
  const { lease, content, call } = shipment;
  const sending = new Sending(shipment);
  const headers = { ...content.headers };
  writeCallHeaders(call, headers);
  lease.dispatcher.dispatch(
    { method: content.method, path: content.path, headers, body: content.body, headersTimeout: 0, bodyTimeout: 0 },
    sending,
  );
  return sending.answer;
}

class Sending implements DispatchHandler, Sent {
  readonly #shipment: Shipment;
  readonly #answer: PromiseWithResolvers<ServiceResponse> = Promise.withResolvers();
  readonly #startedAt: number;
  /** The connection was there: what it took to make one says nothing about the endpoint's load. */
  #sentAt: number;
  /** Undefined while the call is asked for the first time. */
  #unlisten: (() => void) | undefined = undefined;
  #controller: DispatchController | undefined = undefined;
  #over = false;
  #status = 0;
  #headers: ServiceResponse['headers'] = {};
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(shipment: Shipment) {
    this.#shipment = shipment;
    this.#startedAt = shipment.call.runtime.clock.now();
    this.#sentAt = this.#startedAt;
    this.#unlisten = shipment.call.onCancel((reason) => this.#abort(reason));
  }

  get answer(): Promise<ServiceResponse> {
    return this.#answer.promise;
  }

  /** The connection is there and the first byte is about to leave: from now on the other side may have the request. */
  onRequestStart(controller: DispatchController): void {
    this.#controller = controller;
    this.#sentAt = this.#shipment.call.runtime.clock.now();
    if (this.#over) controller.abort(asError(this.#shipment.call.reason));
  }

  onResponseStart(_controller: DispatchController, status: number, headers: ServiceResponse['headers']): void {
    if (status < 200) return;
    const { lease, call } = this.#shipment;
    lease.answered(call.runtime.clock.now() - this.#sentAt);
    const report = readLoadHeader(headers);
    if (report) lease.reported(report.utilization);
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    const { maxResponseBytes } = this.#shipment;
    this.#size += chunk.length;
    if (this.#size <= maxResponseBytes) this.#chunks.push(chunk);
    else this.#abort(meshError('MESH_RESPONSE_TOO_LARGE', { ...this.#where(), maxBytes: maxResponseBytes }));
  }

  onResponseEnd(): void {
    const status = this.#status;
    const kind = status >= 500 ? 'failure' : status >= 400 ? 'rejected' : 'success';
    if (!this.#end({ kind, status })) return;
    const [only] = this.#chunks;
    const body = only && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks);
    const response = serviceResponse(status, this.#headers, body);
    readResultHeaders(this.#shipment.call, response, this.#headers);
    this.#answer.resolve(response);
  }

  onResponseError(_controller: DispatchController | null, cause: Error): void {
    const error = this.#typed(cause);
    if (this.#end({ kind: error.code === 'INVALID_ARGUMENT' ? 'rejected' : 'failure', error })) this.#answer.reject(error);
  }

  #typed(cause: Error): TuttiError {
    if (isUnsendable(cause)) {
      return coreError('INVALID_ARGUMENT', { path: 'request', problem: `cannot be sent: ${cause.message}` }, { cause });
    }
    if (!this.#controller) return meshError('MESH_CONNECT_FAILED', this.#where(), { cause });
    const { content, call } = this.#shipment;
    const repeatable = isRepeatable(content, call);
    return meshError(repeatable ? 'MESH_RESPONSE_LOST' : 'MESH_OUTCOME_UNKNOWN', this.#where(), { cause });
  }

  startedBefore(time: number): boolean {
    return this.#controller !== undefined && this.#sentAt < time;
  }

  #abort(reason: unknown): void {
    if (this.#over) return;
    const { blame, lease } = this.#shipment;
    this.#end({ kind: blame.ofCancellation(reason, lease.record, this), error: reason });
    this.#controller?.abort(asError(reason));
    this.#answer.reject(reason);
  }

  #end(outcome: Omit<LeaseOutcome, 'latencyMs'>): boolean {
    if (this.#over) return false;
    this.#over = true;
    const { call, lease } = this.#shipment;
    this.#unlisten?.();
    lease.done({ ...outcome, latencyMs: call.runtime.clock.now() - this.#startedAt });
    return true;
  }

  #where(): { serviceName: string; instanceId: string } {
    const { serviceName, instanceId } = this.#shipment.lease.endpoint;
    return { serviceName, instanceId };
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : coreError('CANCELLED', { reason: String(reason) });
}
