import { type AttemptGuard, type Call, type EndpointLease, failureClass, type Handler, type RequestHeaders, TuttiError } from '@tutti/core';
import type { MeshLease } from '../endpoint/mesh-lease.ts';
import type { ServiceView } from '../service/service-view.ts';

/** Does one try of a piece of work at the endpoint that was picked for it. The lease is ended by the mesh. */
export type Send<I, O> = (input: I, call: Call, lease: EndpointLease) => Promise<O>;

/** What of the input a pick may look at. */
export type HeadersOf<I> = (input: I) => RequestHeaders | undefined;

/** Gives each try a lease: waits for the registry if it must and for a place if it may, picks, and reports how the try went. */
export class LeaseGuard<I> implements AttemptGuard<I, MeshLease> {
  readonly #view: ServiceView;
  readonly #headersOf: HeadersOf<I>;

  constructor(view: ServiceView, headersOf: HeadersOf<I>) {
    this.#view = view;
    this.#headersOf = headersOf;
  }

  enter(input: I, call: Call, now: number): MeshLease | Promise<MeshLease> {
    const view = this.#view;
    if (!view.readyAt(now)) return this.#whenReady(input, call);
    if (view.places.tryEnter()) return this.#lease(input, call, now);
    return this.#whenFree(input, call);
  }

  left(lease: MeshLease, failed: boolean, error: unknown): void {
    if (failed) lease.ended(kindOf(error), error);
    else lease.ended('success');
  }

  async #whenReady(input: I, call: Call): Promise<MeshLease> {
    await this.#view.whenReady();
    call.throwIfOver(`a lease of ${this.#view.serviceName}`);
    return this.enter(input, call, call.runtime.clock.now());
  }

  async #whenFree(input: I, call: Call): Promise<MeshLease> {
    const { places } = this.#view;
    await places.wait(call, 'normal');
    if (!call.cancelled) return this.#lease(input, call, call.runtime.clock.now());
    places.leave();
    throw call.reason;
  }

  /** A place is taken. */
  #lease(input: I, call: Call, now: number): MeshLease {
    try {
      const lease = this.#view.leaseFor(call, this.#headersOf(input), now);
      call.reached(lease.endpoint.instanceId);
      return lease;
    } catch (error) {
      this.#view.places.leave();
      throw error;
    }
  }
}

/** One try as a handler of its own, for what stands between it and its guards. */
export function attempt<I, O>(guard: LeaseGuard<I>, send: Send<I, O>): Handler<I, O> {
  return async (input, call) => {
    const lease = await guard.enter(input, call, call.runtime.clock.now());
    try {
      const result = await send(input, call, lease);
      guard.left(lease, false, undefined);
      return result;
    } catch (error) {
      guard.left(lease, true, error);
      throw error;
    }
  };
}

/**
 * Only what counts against a target in a breaker counts against an endpoint, and not even the deadline of a caller: anybody may set one that
 * no endpoint could keep.
 */
function kindOf(error: unknown): 'failure' | 'cancelled' | 'rejected' {
  if (TuttiError.is(error, 'DEADLINE_EXCEEDED')) return 'cancelled';
  const kind = failureClass(error);
  if (kind === 'permanent') return 'rejected';
  return kind === 'cancelled' || kind === 'unsent' ? 'cancelled' : 'failure';
}
