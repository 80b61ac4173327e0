import {
  type Component,
  type ComponentState,
  checkOptions,
  component,
  coreError,
  type Duration,
  defaultRuntime,
  duration,
  durationMs,
  type Endpoint,
  type EndpointChange,
  type EndpointRef,
  type EndpointRegistry,
  type EndpointSource,
  type Health,
  type Inspectable,
  type InspectableAction,
  type InspectableResource,
  objectWith,
  type Runtime,
  worst,
} from '@tutti/core';
import type { DiscoveryBackend } from './backend/discovery-backend.ts';
import { endpointRef } from './backend/endpoint-ref.ts';
import { ServiceView } from './cache/service-view.ts';
import { HealthChecker } from './health/health-checker.ts';
import { endpointsResource } from './inspect-endpoints.ts';
import { checkQuery, type EndpointQuery, matchesQuery } from './query/endpoint-query.ts';
import { OwnLeases } from './registration/own-leases.ts';
import { checkInstance, checkServiceName, newEndpoint, type ServiceInstance } from './registration/service-instance.ts';

export interface ServiceDiscoveryOptions {
  /** Where endpoints are written down. It is this discovery's alone, and closed when it stops. */
  readonly backend: DiscoveryBackend;
  /** Asks the instances that are registered here with a `healthCheck`. @defaultValue a new HealthChecker */
  readonly healthChecks?: Pick<HealthChecker, 'watchHealth'>;
  /** How long an endpoint outlives its process. Renewed three times within it. @defaultValue '10s' */
  readonly ttl?: Duration;
  readonly runtime?: Runtime;
}

export const serviceDiscoveryDefaults = { ttl: '10s' } as const;

const shortestTtlMs = 100;

/** How long a write waits to be seen by this process's own view of the service, which is told by the registry like any other's. */
const ownViewWithinMs = 1_000;

/**
 * Says where services are, and tells others where this process's are. Starts by itself on first use.
 *
 * Answers come from what this process knows, which the registry keeps up to date; when that is out of reach, what was
 * known goes on to be answered and `staleMs` and `health` say so. A service once asked for is followed until `stop`.
 */
export class ServiceDiscovery implements Component, EndpointSource, EndpointRegistry, Inspectable {
  readonly name = 'discovery';
  readonly feature = 'discovery';
  readonly #backend: DiscoveryBackend;
  readonly #runtime: Runtime;
  readonly #views = new Map<string, ServiceView>();
  readonly on: Component['on'];
  readonly #life: Component;
  readonly #checks: Pick<HealthChecker, 'watchHealth'>;
  readonly #ttlMs: number;
  #leases: OwnLeases | undefined;

  constructor(options: ServiceDiscoveryOptions) {
    const checked = checkOptions(
      'discovery',
      options,
      {
        required: { backend: objectWith('a DiscoveryBackend', 'put', 'renew', 'mark', 'remove', 'watch', 'close') },
        optional: { healthChecks: objectWith('a HealthChecker', 'watchHealth'), ttl: duration, runtime: objectWith('a Runtime', 'clock') },
      },
      serviceDiscoveryDefaults,
    );
    this.#backend = checked.backend;
    this.#runtime = checked.runtime ?? defaultRuntime;
    this.#checks = checked.healthChecks ?? new HealthChecker({ runtime: this.#runtime });
    this.#ttlMs = durationMs(checked.ttl, 'discovery.ttl');
    if (this.#ttlMs < shortestTtlMs)
      throw coreError('INVALID_OPTIONS', { path: 'discovery.ttl', problem: `must be at least ${shortestTtlMs}ms, got '${checked.ttl}'` });
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

  /** Degraded while a followed service is stale or leases cannot be renewed. */
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
    await this.#seen(await this.#ownLeases().deregister(ref), (known) => known === undefined);
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

  /**
   * The endpoints of the service that match; without `states`, those that are ready. Nobody is an answer, too.
   * @throws DISCOVERY_UNAVAILABLE when the registry cannot be read and never could be.
   */
  async getService(serviceName: string, query?: EndpointQuery): Promise<readonly Endpoint[]> {
    const checked = checkQuery(query);
    await this.start();
    const known = await this.#view(serviceName).current();
    return known.filter((endpoint) => matchesQuery(endpoint, checked));
  }

  /** Resolves when the endpoints of the service are known for the first time, even if there are none. */
  async ready(serviceName: string): Promise<void> {
    await this.start();
    await this.#view(serviceName).ready;
  }

  watchEndpoints(serviceName: string, listener: (change: EndpointChange) => void): () => void {
    return this.#view(serviceName).listen(listener);
  }

  /** For how many milliseconds answers about the service have been given without the registry; 0 while it is heard. */
  staleMs(serviceName: string): number {
    return this.#views.get(serviceName)?.staleMs ?? 0;
  }

  resources(): readonly InspectableResource[] {
    return [
      endpointsResource(() => [...Array.from(this.#views.values(), (view) => view.endpoints).flat(), ...(this.#leases?.endpoints ?? [])]),
    ];
  }

  actions(): readonly InspectableAction[] {
    return [];
  }

  #view(serviceName: string): ServiceView {
    const known = this.#views.get(serviceName);
    if (known) return known;
    checkServiceName(serviceName);
    this.#throwIfStopped();
    void this.start(); // there is nothing in it that could fail; it makes `stop` end the view
    const view = new ServiceView(serviceName, this.#backend, this.#runtime);
    this.#views.set(serviceName, view);
    return view;
  }

  #ownLeases(): OwnLeases {
    this.#throwIfStopped();
    this.#leases ??= new OwnLeases(this.#backend, this.#checks, this.#ttlMs, this.#runtime);
    return this.#leases;
  }

  #throwIfStopped(): void {
    const { name, state } = this;
    if (state === 'stopping' || state === 'stopped') throw coreError('NOT_RUNNING', { component: name, state });
  }

  async #seen(ref: EndpointRef, holds: (known: Endpoint | undefined) => boolean): Promise<void> {
    await this.#views.get(ref.serviceName)?.until(endpointRef(ref), holds, ownViewWithinMs);
  }

  async #close(): Promise<void> {
    await this.#leases?.close();
    await Promise.all(Array.from(this.#views.values(), (view) => view.close()));
    this.#views.clear();
    await this.#backend.close();
  }

  #probe(): Health {
    const parts: Record<string, Health> = {};
    if (this.#leases) parts['leases'] = this.#leases.health();
    for (const { serviceName, staleMs } of this.#views.values()) {
      if (staleMs > 0)
        parts[serviceName] = { status: 'degraded', reason: `nothing was heard from the registry for ${Math.round(staleMs)} ms` };
    }
    return worst(parts);
  }
}
