import type { Exchange, IncomingRequest } from '../http/exchange.ts';
import type { CheckedRouteRule } from '../routing/route-rule.ts';
import type { AccessRecord } from './access-record.ts';
import type { ObservedResponse } from './observed-response.ts';

/** One request from its coming to its end, as it is written down. */
export class Visit {
  readonly requestId: string;
  /** Begins a trace, for a request that comes without one. */
  readonly traceparent: string;
  readonly request: IncomingRequest;
  readonly response: ObservedResponse;
  readonly exchange: Exchange;
  readonly beganAt: number;
  rule: CheckedRouteRule | undefined;
  /** What was in the way of an answer, or broke it off. */
  error: unknown;
  isBrokenOff = false;

  constructor({
    requestId,
    traceparent,
    request,
    response,
    beganAt,
  }: Pick<Visit, 'requestId' | 'traceparent' | 'request' | 'response' | 'beganAt'>) {
    this.requestId = requestId;
    this.traceparent = traceparent;
    this.request = request;
    this.response = response;
    this.exchange = { request, response, tried: [], requestId };
    this.beganAt = beganAt;
  }

  /** 101 for a connection that was given away, 0 without an answer. */
  get status(): number {
    const { status, begun } = this.response;
    return status === 0 && begun && this.request.upgrade ? 101 : status;
  }

  get outcome(): AccessRecord['outcome'] {
    if (this.response.isLeft) return 'client left';
    return this.isBrokenOff ? 'broken off' : 'answered';
  }
}
