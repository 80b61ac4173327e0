import {
  Call,
  type Component,
  type ComponentState,
  component,
  coreError,
  type Duration,
  type Endpoint,
  type EndpointLease,
  type EndpointLeaser,
  type EndpointRef,
  type EndpointRegistration,
  type Handler,
  type Health,
  type Inspectable,
  type InspectableAction,
  type InspectableResource,
  type LeaseHints,
  type OutcomeDelta,
  type OutcomeStream,
  type ServiceCaller,
  type ServiceRequest,
  type ServiceResponse,
  type TrafficControl,
  type TrafficPlan,
  type TrafficRevision,
} from '@tutti/core';
import type { Send } from './calling/attempt.ts';
import { meshCaller } from './calling/mesh-caller.ts';
import { type HandlerOptions, meshHandler } from './calling/mesh-handler.ts';
import { meshActions } from './inspect-actions.ts';
import { meshResources } from './inspect-resources.ts';
import { checkMeshOptions, type MeshOptions } from './mesh-options.ts';
import { MeshParts } from './mesh-parts.ts';
import type { Explanation } from './picking/explanation.ts';
import type { MeshPolicy } from './policy/service-policy.ts';
import { RunningServices } from './service/running-services.ts';
import { ServiceLeaser } from './service/service-leaser.ts';
import type { MeshTraffic } from './traffic/mesh-traffic.ts';

/**
 * Finds the instances of services, shares requests out between them by a policy, protects both sides, and learns from how they end.
 *
 * All that is known of an endpoint is in one record: what the registry and a probe say, its round trips, failures, breaker, ejections
 * and load. One synchronous pick reads it, and `explain` says why it decides as it does. Works only between `start` and `stop`;
 * `stop` withdraws what this mesh registered, waits for leases that are out, and closes every connection.
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
export class ServiceMesh implements Component, EndpointLeaser, TrafficControl, OutcomeStream, Inspectable {
  readonly name = 'mesh';
  readonly feature = 'mesh';
  /** Names this process among the replicas that follow traffic plans. */
  readonly replica: string;
  /** `call` as a handler, for whoever takes a ServiceCaller. */
  readonly caller: ServiceCaller;
  readonly on: Component['on'];
  readonly #parts: MeshParts;
  readonly #services: RunningServices;
  readonly #leaser: ServiceLeaser;
  readonly #life: Component;

  /** @throws INVALID_OPTIONS naming the path. */
  constructor(options: MeshOptions) {
    const checked = checkMeshOptions(options);
    const parts = new MeshParts(checked);
    this.replica = parts.replica;
    this.#parts = parts;
    this.#life = component('mesh', { open: () => parts.open(), close: () => parts.close(), probe: () => parts.health() });
    this.on = this.#life.on;
    this.#services = new RunningServices(parts.directory, this.#life);
    this.#leaser = new ServiceLeaser(this.#services, parts.runtime);
    this.caller = meshCaller({ ...parts.calls, services: this.#services, maxResponseBytes: checked.maxResponseBytes });
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

  /** Degraded while a service that is in use has no endpoint that may take a request, or plans or policies cannot be followed. */
  health(): Promise<Health> {
    return this.#life.health();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#life.stop();
  }

  /** Writes an endpoint into the registry. This mesh sees it at once; the same `instanceId` again replaces it. */
  async registerEndpoint(registration: EndpointRegistration): Promise<Endpoint> {
    this.#services.mustRun();
    return this.#parts.registrations.register(registration);
  }

  /** Takes an endpoint out of the registry. This mesh picks it no more, from before the promise resolves. */
  async deregisterEndpoint(ref: EndpointRef): Promise<void> {
    await this.#parts.registrations.deregister(ref);
  }

  /**
   * Picks an endpoint for a request that the caller sends itself; waits for the registry if it has not answered yet. End the lease with
   * `done`. If the request has `headers`, in lower case, plans, hashes and sessions look at them.
   * @throws MESH_NO_ENDPOINT; OVERLOADED; TIMEOUT when the registry has not answered in time.
   */
  async routeRequest(
    serviceName: string,
    request?: unknown,
    call: Call = Call.root({ runtime: this.#parts.runtime }),
  ): Promise<EndpointLease> {
    return this.#leaser.leaseWhenReady(serviceName, request, call);
  }

  /**
   * @throws MESH_NO_ENDPOINT with a reason for each endpoint; OVERLOADED when as many requests are under way as the policy allows;
   * MESH_PLAN_UNKNOWN while it is not known which plan holds, as after this process stood still: `ready` says when it is.
   */
  lease(serviceName: string, hints?: LeaseHints): EndpointLease {
    return this.#leaser.lease(serviceName, hints);
  }

  isReady(serviceName: string): boolean {
    return this.#services.follow(serviceName).ready;
  }

  async ready(serviceName: string): Promise<void> {
    await this.#services.follow(serviceName).whenReady();
  }

  /**
   * Sends a request to an instance of the service and returns its answer, whatever the status. It goes to another instance when it
   * could not be sent, and, if its method is idempotent or the call carries an idempotency key, also when the answer was lost or
   * has a status that the policy asks for again; not more often than the budget allows.
   * @throws MESH_NO_ENDPOINT, MESH_CONNECT_FAILED, MESH_RESPONSE_LOST, MESH_OUTCOME_UNKNOWN, MESH_RESPONSE_TOO_LARGE, OVERLOADED,
   * MESH_RATE_LIMITED, BREAKER_OPEN, TIMEOUT, DEADLINE_EXCEEDED, INVALID_ARGUMENT, or the reason with which the call was cancelled.
   */
  call(
    serviceName: string,
    request: Omit<ServiceRequest, 'serviceName'>,
    call: Call = Call.root({ runtime: this.#parts.runtime }),
  ): Promise<ServiceResponse> {
    return this.caller({ ...request, serviceName }, call);
  }

  /**
   * A handler that does its work at an endpoint of the service, with everything that `call` has around it, whatever the protocol: `send` is
   * called once for each try. What it throws counts against the endpoint by its class, as in a breaker. Makes its layers
   * anew when the policy changes.
   */
  handler<I, O>(serviceName: string, send: Send<I, O>, options: HandlerOptions<I> = {}): Handler<I, O> {
    return meshHandler(serviceName, send, options, this.#services, this.#parts.calls);
  }

  /** Why a request would go where: each endpoint with all that speaks against it, and how dear it is. */
  explain(serviceName: string, hints?: LeaseHints): Explanation {
    return this.#services.follow(serviceName).explain(hints);
  }

  /**
   * Another policy for all services, from the next pick on. What is known of endpoints stays.
   * @throws INVALID_OPTIONS naming the path; then nothing has changed.
   */
  setPolicy(policy: MeshPolicy): void {
    this.#parts.setPolicy(policy);
  }

  async apply(plan: TrafficPlan, expectedRevision: number, actor?: string): Promise<number> {
    return this.#plans().apply(plan, expectedRevision, actor);
  }

  async acknowledged(serviceName: string, revision: number, deadline: Duration): Promise<{ readonly lagging: readonly string[] }> {
    return this.#plans().acknowledged(serviceName, revision, deadline);
  }

  async rollback(serviceName: string, toRevision: number, actor: string): Promise<number> {
    return this.#plans().rollback(serviceName, toRevision, actor);
  }

  async history(serviceName: string, limit: number): Promise<readonly TrafficRevision[]> {
    return this.#plans().history(serviceName, limit);
  }

  watchOutcomes(listener: (delta: OutcomeDelta) => void): () => void {
    return this.#parts.ledger.watchOutcomes(listener);
  }

  resources(): readonly InspectableResource[] {
    const { directory, runtime, traffic, follower } = this.#parts;
    return meshResources({ directory, clock: runtime.clock, traffic, policy: () => follower?.state });
  }

  actions(): readonly InspectableAction[] {
    return meshActions(this.#parts);
  }

  #plans(): MeshTraffic {
    const { traffic } = this.#parts;
    if (!traffic) throw coreError('INVALID_OPTIONS', { path: 'mesh.config', problem: 'is needed for traffic plans' });
    return traffic;
  }
}
