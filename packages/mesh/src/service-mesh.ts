import {
  Call,
  type Component,
  type ComponentState,
  component,
  compose,
  coreError,
  defaultRuntime,
  durationMs,
  type Endpoint,
  type EndpointLease,
  type EndpointLeaser,
  type EndpointRef,
  type EndpointRegistration,
  type EndpointRegistry,
  type Handler,
  type Health,
  type Inspectable,
  type InspectableAction,
  type InspectableResource,
  type LeaseHints,
  type Runtime,
  type ServiceCaller,
  type ServiceRequest,
  type ServiceResponse,
  timeout,
} from '@tutti/core';
import { coolDownFrom } from './endpoint-record.ts';
import { inspectableEndpoints } from './inspect-endpoints.ts';
import { type LeaseWhenKnown, meshCaller } from './mesh-caller.ts';
import { LeaseDesk } from './mesh-lease.ts';
import { checkMeshOptions, type MeshOptions } from './mesh-options.ts';
import { ServiceDirectory } from './service-directory.ts';
import { undiciConnections } from './undici-connections.ts';

/**
 * Finds the instances of services, shares requests out between them, and learns from how they end.
 *
 * Endpoints take turns. One that cannot be connected to is avoided for a while; when all are, they are used anyway.
 * Works only between `start` and `stop`; `stop` withdraws what this mesh registered, waits for leases that are out, and
 * closes every connection.
 *
 * @example
 * ```ts
 * import type { EndpointRegistry, EndpointSource } from '@tutti/core';
 * import { ServiceMesh } from '@tutti/mesh';
 *
 * export async function analyse(discovery: EndpointSource & EndpointRegistry, body: unknown): Promise<unknown> {
 *   await using mesh = new ServiceMesh({ endpoints: discovery, registry: discovery });
 *   await mesh.start();
 *   const reply = await mesh.call('voice-interface', { method: 'POST', path: '/analyze', body });
 *   return reply.json();
 * }
 * ```
 */
export class ServiceMesh implements Component, EndpointLeaser, Inspectable {
  readonly name = 'mesh';
  readonly feature = 'mesh';
  /** `call` as a handler, for whoever takes a ServiceCaller. */
  readonly caller: ServiceCaller;
  readonly #runtime: Runtime;
  readonly #registry: EndpointRegistry;
  readonly #directory: ServiceDirectory;
  readonly #desk: LeaseDesk;
  readonly #route: Handler<string, EndpointLease>;
  readonly #registered = new Map<string, EndpointRef>();
  readonly on: Component['on'];
  readonly #life: Component;

  /** @throws INVALID_OPTIONS naming the path. */
  constructor(options: MeshOptions) {
    const checked = checkMeshOptions(options);
    const { runtime = defaultRuntime, connect = undiciConnections(checked.connections) } = checked;
    this.#runtime = runtime;
    this.#registry = checked.registry;
    const coolDown = coolDownFrom(durationMs(checked.coolDown));
    this.#directory = new ServiceDirectory(checked.endpoints, { clock: runtime.clock, connect, coolDown });
    this.#desk = new LeaseDesk(runtime.logger);
    const lend: LeaseWhenKnown = (serviceName, call) => this.#leaseWhenKnown(serviceName, call);
    this.caller = meshCaller(lend, checked);
    const route: Handler<string, EndpointLease> = (serviceName, call) => lend(serviceName, call);
    this.#route = compose(route, [timeout({ operation: 'mesh.routeRequest', timeout: checked.timeout })]);
    this.#life = component('mesh', { close: () => this.#close(durationMs(checked.drainTimeout)), probe: () => this.#probe() });
    this.on = this.#life.on;
  }

  get state(): ComponentState {
    return this.#life.state;
  }

  start(): Promise<void> {
    return this.#life.start();
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** Degraded while a service that is in use has no endpoint that may take a request. */
  health(): Promise<Health> {
    return this.#life.health();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#life.stop();
  }

  /** Writes an endpoint into the registry. This mesh sees it at once; the same `instanceId` again replaces it. */
  async registerEndpoint(registration: EndpointRegistration): Promise<Endpoint> {
    this.#mustRun();
    const endpoint = await this.#registry.register(registration);
    this.#registered.set(`${endpoint.serviceName}/${endpoint.instanceId}`, endpoint);
    this.#directory.find(endpoint.serviceName)?.add(endpoint);
    return endpoint;
  }

  /** Takes an endpoint out of the registry. This mesh picks it no more, from before the promise resolves. */
  async deregisterEndpoint(ref: EndpointRef): Promise<void> {
    this.#directory.find(ref.serviceName)?.depart(ref);
    await this.#registry.deregister(ref);
    const key = `${ref.serviceName}/${ref.instanceId}`;
    if (this.#registered.get(key)?.incarnation === ref.incarnation) this.#registered.delete(key);
  }

  /**
   * Picks an endpoint for a request that the caller sends itself. End the lease with `done`.
   * Which endpoint it is does not depend on the request yet: policies that look into it take it from here.
   * @throws MESH_NO_ENDPOINT; TIMEOUT when the registry has not answered in time.
   */
  routeRequest(serviceName: string, _request?: unknown, call: Call = Call.root({ runtime: this.#runtime })): Promise<EndpointLease> {
    return this.#route(serviceName, call);
  }

  lease(serviceName: string, hints?: LeaseHints): EndpointLease {
    this.#mustRun();
    return this.#desk.give(this.#directory.follow(serviceName).pick(this.#runtime.clock.now(), hints));
  }

  async ready(serviceName: string): Promise<void> {
    this.#mustRun();
    await this.#directory.follow(serviceName).ready();
  }

  /**
   * Sends a request to an instance of the service and returns its answer, whatever the status.
   * It goes to another instance when it could not be sent, and, if its method is idempotent or the call carries an
   * idempotency key, also when the answer was lost. No status is tried again: who answers has had the request.
   * @throws MESH_NO_ENDPOINT, MESH_CONNECT_FAILED, MESH_RESPONSE_LOST, MESH_OUTCOME_UNKNOWN, MESH_RESPONSE_TOO_LARGE,
   * TIMEOUT, DEADLINE_EXCEEDED, INVALID_ARGUMENT, or the reason with which the call was cancelled.
   */
  call(
    serviceName: string,
    request: Omit<ServiceRequest, 'serviceName'>,
    call: Call = Call.root({ runtime: this.#runtime }),
  ): Promise<ServiceResponse> {
    return this.caller({ ...request, serviceName }, call);
  }

  resources(): readonly InspectableResource[] {
    return [inspectableEndpoints(this.#directory, this.#runtime.clock)];
  }

  actions(): readonly InspectableAction[] {
    return [];
  }

  async #leaseWhenKnown(serviceName: string, call: Call): Promise<EndpointLease> {
    this.#mustRun();
    const view = this.#directory.follow(serviceName);
    if (!view.known) await view.ready();
    call.throwIfOver(`a lease of ${serviceName}`);
    return this.lease(serviceName, { exclude: call.avoid, ...(call.tenant !== undefined && { tenant: call.tenant }) });
  }

  #mustRun(): void {
    if (this.#life.state !== 'running') throw coreError('NOT_RUNNING', { component: 'mesh', state: this.#life.state });
  }

  #probe(): Health {
    const empty = this.#directory.views.filter((view) => view.known && view.picker.candidates.length === 0);
    if (empty.length === 0) return { status: 'healthy' };
    return { status: 'degraded', reason: `no endpoint can take a request for ${empty.map((view) => view.serviceName).join(', ')}` };
  }

  async #close(drainMs: number): Promise<void> {
    for (const ref of this.#registered.values()) {
      await this.#registry.deregister(ref).catch((error: unknown) => {
        this.#runtime.logger.log('warn', 'an endpoint could not be taken out of the registry; it will expire', {
          serviceName: ref.serviceName,
          instanceId: ref.instanceId,
          error,
        });
      });
    }
    await this.#directory.close(coreError('NOT_RUNNING', { component: 'mesh', state: 'stopped' }), drainMs);
  }
}
