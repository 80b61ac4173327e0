import {
  type Call,
  compose,
  type DispatchRequest,
  type Duration,
  durationMs,
  type EndpointLeaser,
  exponential,
  type Handler,
  isIdempotentMethod,
  type RetryBudget,
  retry,
  TuttiError,
} from '@tutti/core';
import type { Exchange, IncomingRequest } from '../http/exchange.ts';
import { segmentStripper } from '../routing/canonical-path.ts';
import { forwardsLeft } from './max-forwards.ts';
import { Passage } from './passage.ts';
import { RepeatableBody } from './repeatable-body.ts';
import { upstreamRequestHeaders, upstreamTrailers } from './upstream-request-headers.ts';

export interface ForwarderOptions {
  readonly upstreams: EndpointLeaser;
  readonly serviceName: string;
  /** Leading path segments that the service does not get to see. */
  readonly stripSegments: number;
  /** Only instances of this version, and with all of these tags. */
  readonly version?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Instances that may be tried for one request. */
  readonly maxAttempts: number;
  /** Bounds what is tried again at the service, whoever else sends to it. */
  readonly budget: RetryBudget;
  /** How long nothing may move once an answer has begun. */
  readonly idleTimeout: Duration;
  /** Protocols that a connection may become. */
  readonly upgrades: readonly string[];
  /** Of a body that is kept to be sent again. */
  readonly maxReplayBytes: number;
}

/**
 * Sends a request on to an instance of a service and its answer back, neither of them held in memory but for a body that is small enough to
 * be sent again. Another instance is tried when nothing was sent; and when a request that may be done twice got no answer, as long as its
 * body can still be sent as a whole.
 */
export function forwarder(options: ForwarderOptions): Handler<Exchange, void> {
  const { upstreams, serviceName, version, tags, stripSegments, maxAttempts, budget, maxReplayBytes } = options;
  const strip = stripSegments === 0 ? (target: string): string => target : segmentStripper(stripSegments);
  const upgrades = new Set(options.upgrades.map((protocol) => protocol.toLowerCase()));
  const idleMs = durationMs(options.idleTimeout);
  const operation = `a request to ${serviceName}`;

  /** Throws where nothing can be sent; it is called by `retry` alone, which takes that as it takes a rejection. */
  const send: Handler<Delivery, void> = ({ exchange, body, repeatable }, call) => {
    const { request, tried } = exchange;
    const { body: incoming } = request;
    call.throwIfOver(operation);
    const { tenant, principal } = call;
    const lease = upstreams.lease(serviceName, { exclude: tried, tenant, principal, headers: request.headers.byName, version, tags });
    const { instanceId } = lease.endpoint;
    tried.push(instanceId);
    exchange.endpoint = lease.endpoint;
    call.reached(instanceId);
    const passage = new Passage({ exchange, lease, call, idleMs, repeatable });
    const upgrade = request.upgrade && upgrades.has(request.upgrade.protocol.toLowerCase()) ? request.upgrade.protocol : undefined;
    const dispatched: Mutable<DispatchRequest> = {
      method: request.method,
      path: strip(request.target),
      headers: upstreamRequestHeaders(exchange, call),
      body: body?.attempt() ?? incoming ?? null,
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    if (incoming && incoming.length === undefined) dispatched.trailers = () => upstreamTrailers(incoming);
    if (upgrade !== undefined) dispatched.upgrade = upgrade;
    lease.dispatcher.dispatch(dispatched, passage);
    return passage.over;
  };
  const backoff = exponential({ initial: '10ms', max: '100ms', jitter: 1 });
  const deliver = compose(send, [retry({ maxAttempts, backoff, retryIf: maySendAgain, budget })]);

  return (exchange, call) => {
    if (forwardsLeft(exchange.request) === 0) {
      exchange.response.begin(204, []);
      exchange.response.end();
      return Promise.resolve();
    }
    if (upstreams.isReady(serviceName)) return deliver(delivery(exchange, call, maxReplayBytes), call);
    return upstreams.ready(serviceName).then(() => deliver(delivery(exchange, call, maxReplayBytes), call));
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A request with what it takes to send it more than once. */
interface Delivery {
  readonly exchange: Exchange;
  readonly body: RepeatableBody | undefined;
  readonly repeatable: () => boolean;
}

const never = (): boolean => false;
const always = (): boolean => true;

function delivery(exchange: Exchange, call: Call, maxReplayBytes: number): Delivery {
  const { request } = exchange;
  if (!mayBeDoneTwice(request, call)) return { exchange, body: undefined, repeatable: never };
  if (!request.body) return { exchange, body: undefined, repeatable: always };
  const isSmall = maxReplayBytes > 0 && (request.body.length ?? 0) <= maxReplayBytes;
  const body = isSmall ? new RepeatableBody(request.body, maxReplayBytes) : undefined;
  return { exchange, body, repeatable: () => body?.whole === true };
}

/** By its method, or because the client gave it a key by which the service knows it again. */
function mayBeDoneTwice({ method, upgrade }: IncomingRequest, call: Call): boolean {
  return !upgrade && (isIdempotentMethod(method) || call.idempotencyKey !== undefined);
}

/** The codes under which another sending does no harm. */
function maySendAgain(error: unknown): boolean {
  return TuttiError.is(error, 'GATEWAY_CONNECT_FAILED') || TuttiError.is(error, 'GATEWAY_RESPONSE_LOST');
}
