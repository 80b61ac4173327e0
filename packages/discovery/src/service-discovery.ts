import {
  type Component,
  type ComponentState,
  component,
  coreError,
  type Endpoint,
  type EndpointChange,
  type EndpointRef,
  type EndpointRegistry,
  type EndpointSource,
  type Health,
  type Inspectable,
  type InspectableAction,
  type InspectableResource,
  type Runtime,
  worst,
} from '@tutti/core';
import type { DiscoveryBackend } from './backend/discovery-backend.ts';
import type { ServiceView } from './cache/service-view.ts';
import { ServiceViews } from './cache/service-views.ts';
import { DiscoveryCounter } from './discovery-counter.ts';
import { checkDiscoveryOptions, type ServiceDiscoveryOptions } from './discovery-options.ts';
import { discoveryActions } from './inspect/discovery-actions.ts';
import { discoveryResources } from './inspect/discovery-resources.ts';
import { type EndpointQuery, matching } from './query/endpoint-query.ts';
import { type LeaseSettings, OwnLeases } from './registration/own-leases.ts';
import { checkInstance, newEndpoint, type ServiceInstance } from './registration/service-instance.ts';
import { TenantDiscovery } from './tenancy/tenant-discovery.ts';

/** How long a write waits to be seen by this process's own view of the service, which is told by the registry like any other's. */
const ownViewWithinMs = 1_000;

/**
 * Says where services are, and tells others where this process's are. Starts by itself on first use.
 *
 * Answers come from what this process knows, which the registry keeps up to date; when that is out of reach, what was
 * known goes on to be answered and `staleMs` and `health` say so. A service once asked for is followed until nobody has
 * asked or listened for a while (`forgetAfter`).
 */
export class ServiceDiscovery implements Component, EndpointSource, EndpointRegistry, Inspectable {
  readonly name = 'discovery';
  readonly feature = 'discovery';
  readonly #backend: DiscoveryBackend;
  readonly #runtime: Runtime;
  readonly #views: ServiceViews;
  readonly on: Component['on'];
  readonly #life: Component;
  readonly #leaseSettings: LeaseSettings;
  #leases: OwnLeases | undefined;

  constructor(options: ServiceDiscoveryOptions) {
    const { backend, runtime, checks, ttlMs, forgetMs, preservation } = checkDiscoveryOptions(options);
    const counter = new DiscoveryCounter(runtime);
    this.#backend = backend;
    this.#runtime = runtime;
    this.#leaseSettings = { ttlMs, checks, runtime, counter };
    this.#views = new ServiceViews(backend, { checks, preservation, runtime, counter }, forgetMs);
    this.#life = component(this.name, { close: () => this.#close(), probe: () => this.#probe() });
    this.on = this.#life.on;
  }

  get state(): ComponentState {
    return this.#life.state;
  }

  start(): Promise<void> {
    return this.#life.start();
  }

  /** Deregisters what was registered here, and forgets the rest. Does not fail because the registry is away. */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** Degraded while a followed service is stale or has suspects, or leases cannot be renewed. */
  health(): Promise<Health> {
    return this.#life.health();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /**
   * Resolves when other processes can see the endpoint. It is kept alive, through losses of its lease too, until it is
   * deregistered or this discovery stops; after a `kill -9` it vanishes within the ttl.
   * @throws INVALID_OPTIONS; CAPABILITY_MISSING for a registry that is only read; STORE_UNAVAILABLE, and nothing is kept up.
   */
  async registerService(service: ServiceInstance): Promise<Endpoint> {
    await this.start();
    if (!this.#backend.capabilities.registers) {
      throw coreError('CAPABILITY_MISSING', { feature: 'registerService', adapter: this.#backend.name, capability: 'registers' });
    }
    const checked = checkInstance(service);
    const endpoint = newEndpoint(checked, this.#runtime);
    const seen = this.#seen(endpoint, (known) => known !== undefined); // looks from now on, because it may be over soon after it began
    await this.#ownLeases().hold(endpoint, checked.healthCheck);
    await seen;
    return endpoint;
  }

  /** For an endpoint registered here, any reference that was ever given out for it will do; for another's, that of its present life. */
  async deregisterService(ref: EndpointRef): Promise<void> {
    await this.start();
    const life = this.#ownLeases().lifeOf(ref);
    const expected = this.#views.get(ref.serviceName)?.believed.expectEnd(life);
    try {
      await this.#seen(await this.#ownLeases().deregister(ref), (known) => known === undefined);
    } finally {
      expected?.();
    }
  }

  register(registration: ServiceInstance): Promise<Endpoint> {
    return this.registerService(registration);
  }

  deregister(ref: EndpointRef): Promise<void> {
    return this.deregisterService(ref);
  }

  async drain(ref: EndpointRef): Promise<void> {
    await this.start();
    await this.#seen(await this.#ownLeases().drain(ref), (known) => known === undefined || known.state === 'draining');
  }

  /** Discovery as one tenant has it: who holds it neither sees nor touches what belongs to others. */
  forTenant(tenant: string): TenantDiscovery {
    return new TenantDiscovery(this, tenant, this.#runtime);
  }

  /**
   * The endpoints of the service that match; without `states`, those that are ready. Nobody is an answer, too. Without a query it
   * is the list that `lookup` gives.
   * @throws INVALID_OPTIONS; DISCOVERY_UNAVAILABLE when the registry cannot be read and never could be.
   */
  async getService(serviceName: string, query?: EndpointQuery): Promise<readonly Endpoint[]> {
    const matches = query === undefined ? undefined : matching(query);
    if (this.state !== 'running') await this.start();
    const view = this.#view(serviceName);
    await view.current();
    return matches ? view.endpoints.filter(matches) : view.lookup();
  }

  /**
   * The ready endpoints of the service, at once: for the way of every request. Frozen, and the same list until something changes.
   * The first time it begins to follow the service; await `ready` before.
   * @throws INVALID_OPTIONS; DISCOVERY_UNAVAILABLE while nothing is known of the service.
   */
  lookup(serviceName: string): readonly Endpoint[] {
    return this.#view(serviceName).lookup();
  }

  /** Resolves when the endpoints of the service are known for the first time, even if there are none. */
  async ready(serviceName: string): Promise<void> {
    await this.start();
    await this.#view(serviceName).ready();
  }

  watchEndpoints(serviceName: string, listener: (change: EndpointChange) => void): () => void {
    return this.#view(serviceName).listen(listener);
  }

  /** For how many milliseconds answers about the service have been given without the registry; 0 while it is heard. */
  staleMs(serviceName: string): number {
    return this.#views.get(serviceName)?.staleMs ?? 0;
  }

  resources(): readonly InspectableResource[] {
    return discoveryResources({ views: () => this.#views.all(), registrations: () => this.#leases?.registrations ?? [] });
  }

  actions(): readonly InspectableAction[] {
    return discoveryActions({
      present: (serviceName, instanceId) => this.#present(serviceName, instanceId),
      drain: (ref) => this.drain(ref),
      deregister: (ref) => this.deregisterService(ref),
    });
  }

  #view(serviceName: string): ServiceView {
    const known = this.#views.get(serviceName);
    if (known) return known;
    this.#throwIfStopped();
    void this.start(); // there is nothing in it that could fail; it makes `stop` end the view
    return this.#views.follow(serviceName);
  }

  #present(serviceName: string, instanceId: string): Endpoint | undefined {
    const known = this.#views.get(serviceName)?.believed.known.get(instanceId);
    return known ?? this.#leases?.endpoints.find((own) => own.serviceName === serviceName && own.instanceId === instanceId);
  }

  #ownLeases(): OwnLeases {
    this.#throwIfStopped();
    this.#leases ??= new OwnLeases(this.#backend, this.#leaseSettings);
    return this.#leases;
  }

  #throwIfStopped(): void {
    const { name, state } = this;
    if (state === 'stopping' || state === 'stopped') throw coreError('NOT_RUNNING', { component: name, state });
  }

  async #seen(ref: EndpointRef, holds: (known: Endpoint | undefined) => boolean): Promise<void> {
    await this.#views.get(ref.serviceName)?.until(ref, holds, ownViewWithinMs);
  }

  async #close(): Promise<void> {
    await this.#leases?.close();
    await this.#views.close();
    await this.#backend.close();
  }

  #probe(): Health {
    const parts: Record<string, Health> = {};
    if (this.#leases) parts['leases'] = this.#leases.health();
    for (const view of this.#views.all()) {
      const health = view.health();
      if (health) parts[view.serviceName] = health;
    }
    return worst(parts);
  }
}
