import { type Call, type EndpointLease, failureClass, type Handler, type LeaseHints, type RequestHeaders } from '@tutti/core';
import type { MeshLease } from '../endpoint/mesh-lease.ts';
import type { ServiceView } from '../service/service-view.ts';

/** Does one try of a piece of work at the endpoint that was picked for it. The lease is ended by the mesh. */
export type Send<I, O> = (input: I, call: Call, lease: EndpointLease) => Promise<O>;

/** What of the input a pick may look at. */
export type HeadersOf<I> = (input: I) => RequestHeaders | undefined;

/** One try: waits for the registry if it must and for a place if it may, picks, does the work, and reports how that went. */
export function attempt<I, O>(view: ServiceView, send: Send<I, O>, headersOf: HeadersOf<I>): Handler<I, O> {
  const begin = (input: I, call: Call): Promise<O> => {
    let lease: MeshLease;
    try {
      lease = view.lease(hintsOf(call, headersOf(input)));
    } catch (error) {
      view.places.leave();
      return Promise.reject(error);
    }
    return work(input, call, lease);
  };
  const work = (input: I, call: Call, lease: MeshLease): Promise<O> => {
    call.reached(lease.endpoint.instanceId);
    let answer: Promise<O>;
    try {
      answer = send(input, call, lease);
    } catch (error) {
      answer = Promise.reject(error);
    }
    return answer.then(
      (result) => {
        lease.ended('success');
        return result;
      },
      (error: unknown) => {
        lease.ended(kindOf(error), error);
        throw error;
      },
    );
  };
  const enter = (input: I, call: Call): Promise<O> => {
    if (view.places.tryEnter()) return begin(input, call);
    return view.places.wait(call, 'normal').then(() => {
      if (!call.cancelled) return begin(input, call);
      view.places.leave();
      throw call.reason;
    });
  };
  return (input, call) => {
    if (view.ready) return enter(input, call);
    return view.whenReady().then(() => {
      call.throwIfOver(`a lease of ${view.serviceName}`);
      return enter(input, call);
    });
  };
}

function hintsOf(call: Call, headers: RequestHeaders | undefined): LeaseHints {
  const { avoid: exclude, tenant, principal } = call;
  return { exclude, tenant, principal, headers };
}

/** Only what counts against a target in a breaker counts against an endpoint. */
function kindOf(error: unknown): 'failure' | 'cancelled' | 'rejected' {
  const kind = failureClass(error);
  if (kind === 'permanent') return 'rejected';
  return kind === 'cancelled' || kind === 'unsent' ? 'cancelled' : 'failure';
}
