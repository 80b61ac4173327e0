import { type Call, compose, type EndpointLease, type LeaseHints, type RequestHeaders, type Runtime, timeout } from '@tutti/core';
import { LeaseDesk } from '../endpoint/lease-desk.ts';
import { meshError } from '../errors.ts';
import type { RunningServices } from './running-services.ts';

/** Gives leases to those who send requests themselves: at once or not at all, or as soon as it is known what may be picked. */
export class ServiceLeaser {
  readonly #services: RunningServices;
  readonly #desk: LeaseDesk;

  constructor(services: RunningServices, runtime: Runtime) {
    this.#services = services;
    this.#desk = new LeaseDesk(runtime);
  }

  lease(serviceName: string, hints: LeaseHints | undefined): EndpointLease {
    const view = this.#services.follow(serviceName);
    if (!view.ready && view.endpoints.known) {
      view.whenReady().catch(() => undefined); // whoever waits for it hears of it
      throw meshError('MESH_PLAN_UNKNOWN', { serviceName });
    }
    if (!view.places.tryEnter()) throw view.places.overloaded();
    try {
      return this.#desk.give(view.lease(hints));
    } catch (error) {
      view.places.leave();
      throw error;
    }
  }

  /** Waits no longer than a call of the service may last by its policy. */
  leaseWhenReady(serviceName: string, request: unknown, call: Call): Promise<EndpointLease> {
    const hints = hintsOf(request);
    const { timeoutMs } = this.#services.follow(serviceName).policy;
    const within = timeout({ operation: 'mesh.routeRequest', timeout: `${timeoutMs}ms` });
    return compose((given: LeaseHints | undefined, waiting: Call) => this.#whenReady(serviceName, given, waiting), [within])(hints, call);
  }

  async #whenReady(serviceName: string, hints: LeaseHints | undefined, call: Call): Promise<EndpointLease> {
    const view = this.#services.follow(serviceName);
    if (!view.ready) await view.whenReady();
    call.throwIfOver(`a lease of ${serviceName}`);
    const { avoid: exclude, tenant, principal } = call;
    return this.lease(serviceName, {
      exclude,
      ...(tenant !== undefined && { tenant }),
      ...(principal !== undefined && { principal }),
      ...hints,
    });
  }
}

/** A request may be anything; its headers are looked at if it has any. */
function hintsOf(request: unknown): LeaseHints | undefined {
  const headers = typeof request === 'object' && request !== null && 'headers' in request ? request.headers : undefined;
  return typeof headers === 'object' ? { headers: headers as RequestHeaders } : undefined;
}
