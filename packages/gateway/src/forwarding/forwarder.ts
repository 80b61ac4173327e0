import { compose, type EndpointLeaser, exponential, type Handler, retry, TuttiError } from '@tutti/core';
import type { Exchange } from '../http/exchange.ts';
import { segmentStripper } from '../routing/canonical-path.ts';
import { Passage } from './passage.ts';
import { upstreamRequestHeaders } from './upstream-request-headers.ts';

export interface ForwarderOptions {
  readonly upstreams: EndpointLeaser;
  readonly serviceName: string;
  /** Leading path segments that the service does not get to see. */
  readonly stripSegments: number;
}

/** Instances that may be tried for one request. */
const maxAttempts = 3;

/**
 * Sends a request on to an instance of a service and its answer back, neither of them held in memory.
 * Another instance is tried when nothing was sent, and when an idempotent request without a body got no answer.
 */
export function forwarder({ upstreams, serviceName, stripSegments }: ForwarderOptions): Handler<Exchange, void> {
  const strip = stripSegments === 0 ? (target: string): string => target : segmentStripper(stripSegments);
  const operation = `a request to ${serviceName}`;
  let followed = false;
  const forward: Handler<Exchange, void> = async (exchange, call) => {
    const { request, tried } = exchange;
    if (!followed) {
      await upstreams.ready(serviceName);
      followed = true;
    }
    call.throwIfOver(operation);
    const lease = upstreams.lease(serviceName, { exclude: tried, ...(call.tenant !== undefined && { tenant: call.tenant }) });
    tried.push(lease.endpoint.instanceId);
    const passage = new Passage({ exchange, lease, call });
    lease.dispatcher.dispatch(
      {
        method: request.method,
        path: strip(request.target),
        headers: upstreamRequestHeaders(request, call),
        body: request.body ?? null,
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      passage,
    );
    return passage.over;
  };
  const backoff = exponential({ initial: '10ms', max: '100ms', jitter: 1 });
  return compose(forward, [retry({ maxAttempts, backoff, retryIf: maySendAgain })]);
}

/** The codes under which another sending does no harm. */
function maySendAgain(error: unknown): boolean {
  return TuttiError.is(error, 'GATEWAY_CONNECT_FAILED') || TuttiError.is(error, 'GATEWAY_RESPONSE_LOST');
}
