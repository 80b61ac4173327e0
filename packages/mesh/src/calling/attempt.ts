import { type AttemptGuard, type Call, type EndpointLease, failureClass, type Handler, type RequestHeaders } from '@tutti/core';
import type { MeshLease } from '../endpoint/mesh-lease.ts';
import type { ServiceView } from '../service/service-view.ts';

/** Does one try of a piece of work at the endpoint that was picked for it. The lease is ended by the mesh. */
export type Send<I, O> = (input: I, call: Call, lease: EndpointLease) => Promise<O>;

/** What of the input a pick may look at. */
export type HeadersOf<I> = (input: I) => RequestHeaders | undefined;

/** What is done at the endpoints of a service. */
export interface EndpointWork<I, O> {
  readonly send: (input: I, call: Call, lease: MeshLease) => Promise<O>;
  readonly headersOf: HeadersOf<I>;
  /** Whether `send` ends the lease itself when its call is cancelled: it knows more of the request than that it was given up. */
  readonly endsLease: boolean;
}

/** Gives each try a lease: waits for the registry if it must and for a place if it may, picks, and reports how the try went. */
export class LeaseGuard<I> implements AttemptGuard<I, MeshLease> {
  readonly #view: ServiceView;
  readonly #headersOf: HeadersOf<I>;
  readonly #endsLease: boolean;

  constructor(view: ServiceView, { headersOf, endsLease }: Pick<EndpointWork<I, unknown>, 'headersOf' | 'endsLease'>) {
    this.#view = view;
    this.#headersOf = headersOf;
    this.#endsLease = endsLease;
  }

  enter(input: I, call: Call, now: number): MeshLease | Promise<MeshLease> {
    const view = this.#view;
    if (!view.readyAt(now)) return this.#whenReady(input, call);
    if (view.places.tryEnter()) return this.#lease(input, call, now);
    return this.#whenFree(input, call);
  }

  left(lease: MeshLease, failed: boolean, error: unknown): void {
    if (!failed) lease.ended('success');
    else if (this.#endsLease && failureClass(error) === 'timeout') endedSoon(lease, error);
    else lease.ended(this.#view.blame.ofFailure(error, lease.record, lease), error);
  }

  /** The try is over because its call was cancelled. */
  gaveUp(lease: MeshLease, reason: unknown): void {
    const kind = this.#endsLease ? 'cancelled' : this.#view.blame.ofCancellation(reason, lease.record, lease);
    lease.ended(kind, reason);
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
export function attempt<I, O>(guard: LeaseGuard<I>, send: EndpointWork<I, O>['send']): Handler<I, O> {
  return async (input, call) => {
    const lease = await guard.enter(input, call, call.runtime.clock.now());
    try {
      const result = await send(input, call, lease);
      guard.left(lease, false, undefined);
      return result;
    } catch (error) {
      if (call.cancelled) guard.gaveUp(lease, call.reason);
      else guard.left(lease, true, error);
      throw error;
    }
  };
}

/** Whoever sent the request hears right after this that its time is up, and then says more; if nobody does, nothing was sent. */
function endedSoon(lease: MeshLease, error: unknown): void {
  queueMicrotask(() => lease.ended('cancelled', error));
}
