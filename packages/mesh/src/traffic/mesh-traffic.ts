import {
  type Component,
  type ComponentState,
  component,
  coreError,
  type Duration,
  defaultRuntime,
  durationMs,
  type EndpointSource,
  type Health,
  newId,
  type Runtime,
  type TrafficControl,
  type TrafficPlan,
  type TrafficRevision,
} from '@tutti/core';
import { acknowledgement } from './acknowledgement.ts';
import type { FollowedPlan } from './followed-plan.ts';
import { checkServiceName, PlanDesk } from './plan-desk.ts';
import { PlanFollower } from './plan-follower.ts';
import { ReplicaRecord } from './replica-record.ts';
import { appliedKey, ReplicaRoll } from './replica-roll.ts';
import { checkTrafficOptions, type MeshTrafficOptions } from './traffic-options.ts';

/**
 * Traffic plans of one replica: writes them, follows them, says which it follows, and knows what the others follow.
 *
 * Whoever routes asks `current(now)` before each request and, if it is false, `refresh()` before it goes on; then reads
 * `follow(serviceName).active` once. So, after `acknowledged(serviceName, r)` has resolved with nobody lagging, no request follows a plan older
 * than r, also not in a replica that stood still until its record had expired: it reads the store before it routes. With
 * `whenStoreIsAway: 'keep'` there is one exception: a replica that cannot read the store while its record is not in the registry either.
 */
export class MeshTraffic implements Component, TrafficControl {
  readonly name = 'mesh traffic';
  readonly instanceId: string;
  readonly on: Component['on'];
  readonly #runtime: Runtime;
  readonly #endpoints: EndpointSource;
  readonly #freshForMs: number;
  readonly #desk: PlanDesk;
  readonly #follower: PlanFollower;
  readonly #record: ReplicaRecord;
  readonly #roll = new ReplicaRoll();
  readonly #life: Component;

  /** @throws INVALID_OPTIONS naming the path. */
  constructor(options: MeshTrafficOptions) {
    const { store, registry, endpoints, freshForMs, awakeForMs, whenStoreIsAway, ...checked } = checkTrafficOptions(options);
    const { runtime = defaultRuntime, instanceId = newId(runtime) } = checked;
    this.instanceId = instanceId;
    this.#runtime = runtime;
    this.#endpoints = endpoints;
    this.#freshForMs = freshForMs;
    this.#desk = new PlanDesk(store);
    this.#follower = new PlanFollower({
      store,
      freshForMs,
      awakeForMs,
      whenStoreIsAway,
      runtime,
      onChange: () => this.#record.changed(),
    });
    this.#record = new ReplicaRecord({ registry, instanceId, runtime, describe: () => this.#describe() });
    this.#life = component(this.name, { open: () => this.#open(), close: () => this.#close(), probe: () => this.#probe() });
    this.on = this.#life.on;
  }

  get state(): ComponentState {
    return this.#life.state;
  }

  start(): Promise<void> {
    return this.#life.start();
  }

  /** Takes the record of this replica back, so that nobody waits for it. */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** Degraded while the store or the registry is away, or a plan in the store cannot be read. */
  health(): Promise<Health> {
    return this.#life.health();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#life.stop();
  }

  /**
   * The plan of a service, followed from now on. Nothing may be routed by it before its `ready()`.
   * @throws INVALID_ARGUMENT, NOT_RUNNING
   */
  follow(serviceName: string): FollowedPlan {
    checkServiceName(serviceName);
    this.#mustRun();
    return this.#follower.follow(serviceName);
  }

  /** The plans that are followed. */
  get followed(): readonly FollowedPlan[] {
    return this.#follower.plans;
  }

  /** Whether requests may be routed by what is known at `now`, a time of the runtime's clock. */
  current(now: number): boolean {
    return this.#follower.current(now);
  }

  /**
   * Reads the plans anew; afterwards `current` is true.
   * @throws STORE_UNAVAILABLE when they cannot be read and the last ones may not be kept.
   */
  refresh(): Promise<void> {
    return this.#follower.refresh();
  }

  /** Every replica that the registry knows, with the members of its record. */
  get replicas(): ReplicaRoll['replicas'] {
    return this.#roll.replicas;
  }

  async apply(plan: TrafficPlan, expectedRevision: number, actor = `mesh ${this.instanceId}`): Promise<number> {
    return this.#desk.apply(plan, expectedRevision, actor);
  }

  /** Takes at least `freshFor`. */
  async acknowledged(serviceName: string, revision: number, deadline: Duration): Promise<{ readonly lagging: readonly string[] }> {
    this.#mustRun();
    checkServiceName(serviceName);
    const deadlineMs = durationMs(deadline, 'deadline');
    const freshForMs = this.#freshForMs;
    if (deadlineMs < freshForMs)
      throw coreError('INVALID_ARGUMENT', { path: 'deadline', problem: `must be at least freshFor, ${freshForMs}ms, got '${deadline}'` });
    await this.#desk.mustHave(serviceName, revision);
    return acknowledgement(this.#roll, this.#runtime.clock, { serviceName, revision, freshForMs, deadlineMs });
  }

  rollback(serviceName: string, toRevision: number, actor: string): Promise<number> {
    return this.#desk.rollback(serviceName, toRevision, actor);
  }

  history(serviceName: string, limit: number): Promise<readonly TrafficRevision[]> {
    return this.#desk.history(serviceName, limit);
  }

  #describe(): Readonly<Record<string, string>> {
    const record: Record<string, string> = {};
    for (const { serviceName, active, refused, known } of this.#follower.plans) {
      if (!known) continue;
      record[appliedKey(serviceName)] = String(active.revision);
      if (refused) record[`refused/${serviceName}`] = String(refused.revision);
    }
    if (this.#follower.away !== undefined) record['store'] = 'away';
    return record;
  }

  #open(): void {
    this.#roll.follow(this.#endpoints);
    this.#follower.start();
    this.#record.start();
  }

  async #close(): Promise<void> {
    await this.#follower.stop(coreError('NOT_RUNNING', { component: this.name, state: 'stopped' }));
    await this.#record.stop();
    this.#roll.stop();
  }

  #probe(): Health {
    const { away, plans } = this.#follower;
    if (away !== undefined) return { status: 'degraded', reason: `traffic plans cannot be read: ${away}` };
    const refused = plans.find((plan) => plan.refused);
    if (refused) return { status: 'degraded', reason: `the plan of ${refused.serviceName} cannot be read: ${refused.refused?.problem}` };
    const { problem } = this.#record;
    return problem === undefined
      ? { status: 'healthy' }
      : { status: 'degraded', reason: `the registry does not know this replica: ${problem}` };
  }

  #mustRun(): void {
    if (this.state !== 'running') throw coreError('NOT_RUNNING', { component: this.name, state: this.state });
  }
}
