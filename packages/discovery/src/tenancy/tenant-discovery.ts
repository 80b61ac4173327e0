import {
  coreError,
  type Endpoint,
  type EndpointChange,
  type EndpointRef,
  type EndpointRegistry,
  type EndpointSource,
  newId,
  type Runtime,
  text,
} from '@tutti/core';
import type { EndpointQuery } from '../query/endpoint-query.ts';
import type { ServiceInstance } from '../registration/service-instance.ts';
import { tenantChanges } from './tenant-changes.ts';
import { tenantPrefix } from './tenant-prefix.ts';

/** The discovery behind the wall. */
interface Discovery extends EndpointSource {
  registerService(service: ServiceInstance): Promise<Endpoint>;
  deregisterService(ref: EndpointRef): Promise<void>;
  drain(ref: EndpointRef): Promise<void>;
  getService(serviceName: string, query?: EndpointQuery): Promise<readonly Endpoint[]>;
  lookup(serviceName: string): readonly Endpoint[];
  ready(serviceName: string): Promise<void>;
  staleMs(serviceName: string): number;
}

/**
 * Discovery as one tenant has it. Endpoints of others, and those that were registered for nobody in particular, are not there: they cannot
 * be listed, watched, drained, deregistered, or replaced by an instance of the same id, since the ids of a tenant's instances begin
 * with what no other tenant's do. The wall is around this object: whoever has the registry itself, or the discovery it was made of, is inside.
 */
export class TenantDiscovery implements EndpointSource, EndpointRegistry {
  readonly tenant: string;
  readonly #discovery: Discovery;
  readonly #runtime: Runtime;
  readonly #prefix: string;
  /** What is the tenant's of a list that was looked at before. */
  readonly #own = new WeakMap<readonly Endpoint[], readonly Endpoint[]>();

  constructor(discovery: Discovery, tenant: string, runtime: Runtime) {
    const problem = text(tenant);
    if (problem) throw coreError('INVALID_ARGUMENT', { path: 'discovery.forTenant', problem });
    this.tenant = tenant;
    this.#discovery = discovery;
    this.#runtime = runtime;
    this.#prefix = tenantPrefix(tenant);
  }

  /**
   * As `registerService` of the discovery. The endpoint is the tenant's, and its `instanceId` the given one behind the tenant's prefix.
   * @throws INVALID_OPTIONS for a `tenant` of another name, too.
   */
  async registerService(service: Omit<ServiceInstance, 'tenant'>): Promise<Endpoint> {
    const { tenant = this.tenant }: Partial<ServiceInstance> = service;
    if (tenant !== this.tenant) throw coreError('INVALID_OPTIONS', { path: 'service.tenant', problem: 'is given by forTenant' });
    const instanceId = this.#prefix + (service.instanceId ?? newId(this.#runtime));
    return this.#discovery.registerService({ ...service, instanceId, tenant });
  }

  register(registration: Omit<ServiceInstance, 'tenant'>): Promise<Endpoint> {
    return this.registerService(registration);
  }

  /** A no-op for what is not the tenant's. */
  async deregisterService(ref: EndpointRef): Promise<void> {
    if (await this.#isMine(ref)) await this.#discovery.deregisterService(ref);
  }

  deregister(ref: EndpointRef): Promise<void> {
    return this.deregisterService(ref);
  }

  /** A no-op for what is not the tenant's. */
  async drain(ref: EndpointRef): Promise<void> {
    if (await this.#isMine(ref)) await this.#discovery.drain(ref);
  }

  /** As `getService` of the discovery, and none but the tenant's. */
  async getService(serviceName: string, query: Omit<EndpointQuery, 'tenant'> = {}): Promise<readonly Endpoint[]> {
    const { tenant = this.tenant }: EndpointQuery = query;
    if (tenant !== this.tenant) throw coreError('INVALID_OPTIONS', { path: 'query.tenant', problem: 'is given by forTenant' });
    return this.#discovery.getService(serviceName, { ...query, tenant });
  }

  /** As `lookup` of the discovery, and none but the tenant's. */
  lookup(serviceName: string): readonly Endpoint[] {
    const all = this.#discovery.lookup(serviceName);
    const known = this.#own.get(all);
    if (known) return known;
    const own = Object.freeze(all.filter(this.#isOwn));
    this.#own.set(all, own);
    return own;
  }

  ready(serviceName: string): Promise<void> {
    return this.#discovery.ready(serviceName);
  }

  staleMs(serviceName: string): number {
    return this.#discovery.staleMs(serviceName);
  }

  watchEndpoints(serviceName: string, listener: (change: EndpointChange) => void): () => void {
    return this.#discovery.watchEndpoints(serviceName, tenantChanges(this.#isOwn, listener));
  }

  readonly #isOwn = (endpoint: Endpoint): boolean => endpoint.tenant === this.tenant;

  /** By its id, which this object alone gives, or because it was registered for the tenant by whoever stands inside the wall. */
  async #isMine({ serviceName, instanceId, incarnation }: EndpointRef): Promise<boolean> {
    if (instanceId.startsWith(this.#prefix)) return true;
    const own = await this.getService(serviceName, { states: ['ready', 'unhealthy', 'draining'] });
    return own.some((endpoint) => endpoint.instanceId === instanceId && endpoint.incarnation === incarnation);
  }
}
