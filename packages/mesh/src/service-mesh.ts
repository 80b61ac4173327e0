import {
  Call,
  type Component,
  type ComponentState,
  component,
  compose,
  coreError,
  type Duration,
  defaultRuntime,
  durationMs,
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
  newId,
  type OutcomeDelta,
  type OutcomeStream,
  type RequestHeaders,
  type Runtime,
  type ServiceCaller,
  type ServiceRequest,
  type ServiceResponse,
  stallWatch,
  type TrafficControl,
  type TrafficPlan,
  type TrafficRevision,
  timeout,
} from '@tutti/core';
import type { Send } from './calling/attempt.ts';
import { meshCaller } from './calling/mesh-caller.ts';
import { type CallContext, type ServiceCalls, serviceCalls } from './calling/service-calls.ts';
import { http1Endpoints } from './connections/http1-endpoints.ts';
import { LeaseDesk } from './endpoint/lease-desk.ts';
import { LeaseOutcomes } from './endpoint/lease-outcomes.ts';
import { meshError } from './errors.ts';
import { meshActions } from './inspect-actions.ts';
import { meshResources } from './inspect-resources.ts';
import { MeshMetrics } from './mesh-metrics.ts';
import { checkMeshOptions, checkNeeds, type MeshOptions } from './mesh-options.ts';
import { OutcomeLedger } from './outcomes/outcome-ledger.ts';
import type { Explanation } from './picking/explanation.ts';
import { checkMeshPolicy } from './policy/check-policy.ts';
import type { CompiledPolicy } from './policy/compile-policy.ts';
import { PolicyFollower } from './policy/policy-follower.ts';
import type { MeshPolicy } from './policy/service-policy.ts';
import { Registrations } from './service/registrations.ts';
import { ServiceDirectory } from './service/service-directory.ts';
import type { ServiceView } from './service/service-view.ts';
import { MeshTraffic } from './traffic/mesh-traffic.ts';

/** What of a piece of work the mesh may look at. */
export interface HandlerOptions<I> {
  /** Whether it may be done twice; else only work with an idempotency key is, and what had not been begun. @defaultValue false */
  readonly repeatable?: boolean;
  /** Headers, in lower case, for plans, hashes and sessions. @defaultValue none */
  readonly headersOf?: (input: I) => RequestHeaders | undefined;
}

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
  readonly #runtime: Runtime;
  readonly #options: MeshOptions;
  readonly #registrations: Registrations;
  readonly #directory: ServiceDirectory;
  readonly #desk: LeaseDesk;
  readonly #ledger: OutcomeLedger;
  readonly #traffic: MeshTraffic | undefined;
  readonly #follower: PolicyFollower | undefined;
  readonly #calls: CallContext;
  readonly #life: Component;

  /** @throws INVALID_OPTIONS naming the path. */
  constructor(options: MeshOptions) {
    const checked = checkMeshOptions(options);
    const {
      runtime = defaultRuntime,
      connect = http1Endpoints(checked.connections, runtime),
      registry,
      endpoints,
      config,
      policyKey,
    } = checked;
    const { replica = newId(runtime), planFreshFor, registryTtl, whenStoreIsAway } = checked;
    this.replica = replica;
    this.#runtime = runtime;
    this.#options = checked;
    this.#ledger = new OutcomeLedger(replica, runtime);
    this.#traffic =
      config &&
      new MeshTraffic({
        store: config,
        registry,
        endpoints,
        instanceId: replica,
        runtime,
        ...(planFreshFor !== undefined && { freshFor: planFreshFor }),
        ...(registryTtl !== undefined && { ttl: registryTtl }),
        ...(whenStoreIsAway !== undefined && { whenStoreIsAway }),
      });
    const metrics = new MeshMetrics(runtime);
    this.#directory = new ServiceDirectory(endpoints, checked.prober, checked.policy, {
      runtime,
      connect,
      metrics,
      zone: checked.zone,
      stalls: stallWatch(runtime.clock),
      outcomes: new LeaseOutcomes(this.#ledger, runtime),
      traffic: this.#traffic,
      alive: new Set(),
    });
    this.#follower =
      config && policyKey !== undefined
        ? new PolicyFollower(config, policyKey, (value) => this.setPolicy(value as MeshPolicy), runtime.logger)
        : undefined;
    this.#registrations = new Registrations(registry, this.#directory, runtime.logger);
    this.#desk = new LeaseDesk(runtime);
    this.#calls = { rateLimiter: checked.rateLimiter, metrics };
    const { maxResponseBytes } = checked;
    this.caller = meshCaller({ ...this.#calls, follow: (serviceName) => this.#follow(serviceName), maxResponseBytes });
    const drainMs = durationMs(checked.drainTimeout);
    this.#life = component('mesh', { open: () => this.#open(), close: () => this.#close(drainMs), probe: () => this.#probe() });
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

  /** Degraded while a service that is in use has no endpoint that may take a request, or plans or policies cannot be followed. */
  health(): Promise<Health> {
    return this.#life.health();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#life.stop();
  }

  /** Writes an endpoint into the registry. This mesh sees it at once; the same `instanceId` again replaces it. */
  async registerEndpoint(registration: EndpointRegistration): Promise<Endpoint> {
    this.#mustRun();
    return this.#registrations.register(registration);
  }

  /** Takes an endpoint out of the registry. This mesh picks it no more, from before the promise resolves. */
  async deregisterEndpoint(ref: EndpointRef): Promise<void> {
    await this.#registrations.deregister(ref);
  }

  /**
   * Picks an endpoint for a request that the caller sends itself; waits for the registry if it has not answered yet. End the lease with
   * `done`. If the request has `headers`, in lower case, plans, hashes and sessions look at them.
   * @throws MESH_NO_ENDPOINT; OVERLOADED; TIMEOUT when the registry has not answered in time.
   */
  async routeRequest(serviceName: string, request?: unknown, call: Call = Call.root({ runtime: this.#runtime })): Promise<EndpointLease> {
    const headers = typeof request === 'object' && request !== null && 'headers' in request ? request.headers : undefined;
    const hints: LeaseHints | undefined = typeof headers === 'object' ? { headers: headers as RequestHeaders } : undefined;
    const { timeoutMs } = this.#follow(serviceName).policy;
    const within = timeout({ operation: 'mesh.routeRequest', timeout: `${timeoutMs}ms` });
    return compose((given: LeaseHints | undefined, waiting: Call) => this.#leaseWhenReady(serviceName, given, waiting), [within])(
      hints,
      call,
    );
  }

  /**
   * @throws MESH_NO_ENDPOINT with a reason for each endpoint; OVERLOADED when as many requests are under way as the policy allows;
   * MESH_PLAN_UNKNOWN while it is not known which plan holds, as after this process stood still: `ready` says when it is.
   */
  lease(serviceName: string, hints?: LeaseHints): EndpointLease {
    const view = this.#follow(serviceName);
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

  isReady(serviceName: string): boolean {
    return this.#follow(serviceName).ready;
  }

  async ready(serviceName: string): Promise<void> {
    await this.#follow(serviceName).whenReady();
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
    call: Call = Call.root({ runtime: this.#runtime }),
  ): Promise<ServiceResponse> {
    return this.caller({ ...request, serviceName }, call);
  }

  /**
   * A handler that does its work at an endpoint of the service, with everything that `call` has around it, whatever the protocol: `send` is
   * called once for each try. What it throws counts against the endpoint by its class, as in a breaker. Makes its layers
   * anew when the policy changes.
   */
  handler<I, O>(serviceName: string, send: Send<I, O>, options: HandlerOptions<I> = {}): Handler<I, O> {
    const { repeatable = false, headersOf = (): undefined => undefined } = options;
    let policy: CompiledPolicy | undefined;
    let calls: ServiceCalls<I, O>;
    return (input, call) => {
      const view = this.#follow(serviceName);
      if (policy !== view.policy) {
        policy = view.policy;
        calls = serviceCalls(view, { send, headersOf, endsLease: false }, this.#calls);
      }
      return repeatable || call.idempotencyKey !== undefined ? calls.repeatable(input, call) : calls.once(input, call);
    };
  }

  /** Why a request would go where: each endpoint with all that speaks against it, and how dear it is. */
  explain(serviceName: string, hints?: LeaseHints): Explanation {
    return this.#follow(serviceName).explain(hints);
  }

  /**
   * Another policy for all services, from the next pick on. What is known of endpoints stays.
   * @throws INVALID_OPTIONS naming the path; then nothing has changed.
   */
  setPolicy(policy: MeshPolicy): void {
    const checked = checkMeshPolicy('policy', policy);
    checkNeeds('policy', checked, this.#options);
    this.#directory.setPolicy(checked);
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
    return this.#ledger.watchOutcomes(listener);
  }

  resources(): readonly InspectableResource[] {
    return meshResources({
      directory: this.#directory,
      clock: this.#runtime.clock,
      traffic: this.#traffic,
      policy: () => this.#follower?.state,
    });
  }

  actions(): readonly InspectableAction[] {
    return meshActions({ directory: this.#directory, traffic: this.#traffic });
  }

  async #leaseWhenReady(serviceName: string, hints: LeaseHints | undefined, call: Call): Promise<EndpointLease> {
    const view = this.#follow(serviceName);
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

  #follow(serviceName: string): ServiceView {
    this.#mustRun();
    return this.#directory.follow(serviceName);
  }

  #plans(): MeshTraffic {
    if (!this.#traffic) throw coreError('INVALID_OPTIONS', { path: 'mesh.config', problem: 'is needed for traffic plans' });
    return this.#traffic;
  }

  #mustRun(): void {
    if (this.#life.state !== 'running') throw coreError('NOT_RUNNING', { component: 'mesh', state: this.#life.state });
  }

  async #open(): Promise<void> {
    await this.#traffic?.start();
    this.#ledger.start();
    this.#follower?.start();
  }

  async #probe(): Promise<Health> {
    const plans = await this.#traffic?.health();
    if (plans && plans.status !== 'healthy') return plans;
    const refused = this.#follower?.state.refused;
    if (refused) return { status: 'degraded', reason: `policy ${refused.revision} is refused: ${refused.problem}` };
    const empty = this.#directory.views.filter((view) => view.endpoints.known && !view.hasEndpoint);
    if (empty.length === 0) return { status: 'healthy' };
    return { status: 'degraded', reason: `no endpoint can take a request for ${empty.map((view) => view.serviceName).join(', ')}` };
  }

  async #close(drainMs: number): Promise<void> {
    this.#follower?.stop();
    await this.#registrations.withdraw();
    await this.#directory.close(coreError('NOT_RUNNING', { component: 'mesh', state: 'stopped' }), drainMs);
    await this.#traffic?.stop();
    await this.#ledger.stop();
  }
}
