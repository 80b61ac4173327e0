import {
  type Call,
  type Endpoint,
  type EndpointChange,
  type EndpointRef,
  type LeaseHints,
  Places,
  type RequestHeaders,
  type Runtime,
  refused,
  type StallWatch,
} from '@tutti/core';
import type { Connect } from '../connections/endpoint-connections.ts';
import { Blame } from '../endpoint/blame.ts';
import { EndpointRecord } from '../endpoint/endpoint-record.ts';
import type { LeaseOutcomes } from '../endpoint/lease-outcomes.ts';
import { type LeaseContext, MeshLease } from '../endpoint/mesh-lease.ts';
import { meshError } from '../errors.ts';
import { OutlierDetection } from '../health/outlier-detection.ts';
import type { MeshMetrics } from '../mesh-metrics.ts';
import { noUnit } from '../outcomes/outcome-recorder.ts';
import { type Explanation, exclusionsOf, explainEndpoints } from '../picking/explanation.ts';
import { noTags, Picker } from '../picking/picker.ts';
import { Requested } from '../picking/requested.ts';
import { sessionHeader, sessionRecord } from '../picking/session.ts';
import type { CompiledPolicy } from '../policy/compile-policy.ts';
import type { ActivePlan, TrafficRoute } from '../traffic/active-plan.ts';
import type { FollowedPlan } from '../traffic/followed-plan.ts';
import type { MeshTraffic } from '../traffic/mesh-traffic.ts';
import { unitOf } from '../traffic/request-facts.ts';
import { route } from '../traffic/route.ts';
import { hashText } from '../traffic/unit-hash.ts';
import { EndpointSet } from './endpoint-set.ts';

/** What the views of a mesh share. */
export interface ViewContext {
  readonly runtime: Runtime;
  readonly connect: Connect;
  readonly zone: string | undefined;
  readonly metrics: MeshMetrics;
  readonly stalls: StallWatch;
  readonly outcomes: LeaseOutcomes;
  /** Undefined without a store of plans. */
  readonly traffic: MeshTraffic | undefined;
  /** Records with connections that may be open, those of endpoints that are gone included. */
  readonly alive: Set<EndpointRecord>;
}

/** What the mesh knows of one service, and the one place where its endpoints are picked. */
export class ServiceView {
  readonly serviceName: string;
  /** Names the work in errors. */
  readonly operation: string;
  readonly blame: Blame;
  readonly endpoints: EndpointSet;
  readonly places: Places;
  readonly outliers: OutlierDetection;
  readonly #leases: LeaseContext;
  readonly #context: ViewContext;
  readonly #requested: Requested;
  #policy: CompiledPolicy;
  readonly #plan: FollowedPlan | undefined;
  /** Undefined when something has changed since it was made. */
  #picker: Picker | undefined = undefined;

  constructor(serviceName: string, policy: CompiledPolicy, context: ViewContext) {
    this.serviceName = serviceName;
    this.operation = `mesh.${serviceName}`;
    this.blame = new Blame(this.operation);
    this.places = new Places(this.operation, policy.maxInFlight, policy.maxQueue);
    this.#leases = { clock: context.runtime.clock, stalls: context.stalls, outcomes: context.outcomes, places: this.places };
    this.#policy = policy;
    this.#context = context;
    this.#plan = context.traffic?.follow(serviceName);
    this.#requested = new Requested(context.runtime.random);
    this.endpoints = new EndpointSet({
      open: (endpoint, fromStart) => this.#open(endpoint, fromStart),
      retire: (record) => this.#retire(record),
    });
    this.outliers = new OutlierDetection(
      serviceName,
      this.endpoints,
      () => this.#policy.outliers,
      context,
      () => this.changed(),
    );
  }

  get policy(): CompiledPolicy {
    return this.#policy;
  }

  /** The state as it is now; the same object until something changes. */
  get picker(): Picker {
    return this.#pickerAt(this.#context.runtime.clock.now());
  }

  /** Whatever was known is looked at again before the next pick. */
  changed(): void {
    this.#picker = undefined;
  }

  apply(change: EndpointChange): void {
    this.endpoints.apply(change);
    this.changed();
  }

  add(endpoint: Endpoint): void {
    this.endpoints.add(endpoint);
    this.changed();
  }

  depart(ref: EndpointRef): void {
    this.endpoints.depart(ref);
    this.changed();
  }

  /** From the next pick on, for all of it at once. What is known of the endpoints stays. */
  setPolicy(policy: CompiledPolicy): void {
    this.#policy = policy;
    this.places.resize(policy.maxInFlight, policy.maxQueue);
    for (const record of this.endpoints.values()) record.apply(policy.endpoint);
    this.outliers.rearm();
    this.changed();
  }

  /** Whether a request without any wish has an endpoint. */
  get hasEndpoint(): boolean {
    const { picker } = this;
    return picker.records.some((record) => !picker.exclusions.has(record));
  }

  /** Whether a pick may be made now: the registry has answered, and so has the store of plans, lately enough. */
  get ready(): boolean {
    return this.readyAt(this.#context.runtime.clock.now());
  }

  readyAt(now: number): boolean {
    if (!this.endpoints.known) return false;
    const { traffic } = this.#context;
    return traffic === undefined || (this.#plan?.known === true && traffic.current(now));
  }

  /** Resolves when a pick may be made. */
  async whenReady(): Promise<void> {
    await this.endpoints.ready();
    if (this.ready) return;
    await this.#plan?.ready();
    if (!this.ready) await this.#context.traffic?.refresh();
  }

  /** For those who still wait for a first answer. */
  async close(reason: Error): Promise<void> {
    this.endpoints.abandon(reason);
    await this.outliers.stop();
  }

  /**
   * For a place that the caller has taken; the end of the lease gives it back.
   * @throws MESH_NO_ENDPOINT with the reason for each endpoint; the place is still taken then.
   */
  lease(hints: LeaseHints | undefined): MeshLease {
    const now = this.#context.runtime.clock.now();
    this.#requested.set(now, hints);
    return this.#lease(now);
  }

  /** The same for a call, without hints being made of it. */
  leaseFor(call: Call, headers: RequestHeaders | undefined, now: number): MeshLease {
    this.#requested.setCall(now, call, headers);
    return this.#lease(now);
  }

  #lease(now: number): MeshLease {
    const { places, serviceName } = this;
    const picker = this.#pickerAt(now);
    const { policy } = picker;
    const requested = this.#requested;
    requested.setHash(policy.hashOn);
    requested.inFlight = places.taken;
    const plan = this.#plan?.active;
    const followed = plan === undefined ? undefined : this.#follow(plan, requested, picker);
    const available = followed === undefined || followed.available;
    const known = available && policy.sticky ? sessionRecord(policy.sticky, serviceName, picker, requested, plan) : undefined;
    const record = known ?? (available ? this.#next(picker, requested) : undefined);
    const ticket = record?.take(now) ?? refused;
    if (record === undefined || ticket === refused) throw this.#nobody(picker, requested);
    const session = policy.sticky && known === undefined ? sessionHeader(policy.sticky, serviceName, record.instanceId) : undefined;
    return new MeshLease(record, ticket, this.#leases, now, followed, unitHash(plan, requested), session);
  }

  explain(hints: LeaseHints | undefined): Explanation {
    const { picker, serviceName } = this;
    const requested = new Requested(this.#context.runtime.random);
    requested.set(this.#context.runtime.clock.now(), hints);
    requested.setHash(picker.policy.hashOn);
    const plan = this.#plan?.active;
    if (plan) this.#follow(plan, requested, picker);
    return {
      serviceName,
      balancer: picker.policy.balancer.name,
      panic: picker.pool(requested).panic,
      ...(plan?.plan && requested.version !== undefined && { plan: { version: requested.version, revision: plan.revision } }),
      endpoints: explainEndpoints(picker, requested, requested.exclude, requested.now),
    };
  }

  #pickerAt(now: number): Picker {
    if (this.#picker === undefined || now >= this.#picker.expiresAt) {
      this.#picker = new Picker(this.endpoints.values(), this.#policy, this.#context.zone, now);
    }
    return this.#picker;
  }

  /** Notes the version that the plan gives to the request. A wish of the caller is stronger. */
  #follow(plan: ActivePlan, requested: Requested, picker: Picker): TrafficRoute {
    if (requested.version !== undefined || plan.plan === undefined) return plan.anywhere;
    const followed = route(plan, requested, requested.random, picker.versions);
    requested.version = followed.version;
    return followed;
  }

  /** One that was tried already is better than none. */
  #next(picker: Picker, requested: Requested): EndpointRecord | undefined {
    const pool = picker.pool(requested);
    if (pool.panic) this.#context.metrics.panicked(this.serviceName);
    const record = pool.next(requested);
    if (record !== undefined || requested.exclude.length === 0) return record;
    requested.exclude = noTags;
    return pool.next(requested);
  }

  #nobody(picker: Picker, requested: Requested): Error {
    const passedOver = picker.records.flatMap((record) => {
      const [strongest] = exclusionsOf(record, picker, requested, requested.exclude);
      return strongest ? [{ instanceId: record.instanceId, reason: strongest.reason }] : [];
    });
    this.#context.metrics.nobody(this.serviceName);
    return meshError('MESH_NO_ENDPOINT', { serviceName: this.serviceName, passedOver });
  }

  #open(endpoint: Endpoint, fromStart: boolean): EndpointRecord {
    const { runtime, connect, alive } = this.#context;
    const readySince = fromStart ? Number.NEGATIVE_INFINITY : runtime.clock.now();
    const record = new EndpointRecord(endpoint, this.#policy.endpoint, readySince, {
      clock: runtime.clock,
      connect,
      changed: () => this.changed(),
      failing: (failing) => this.outliers.failing(failing),
    });
    alive.add(record);
    return record;
  }

  #retire(record: EndpointRecord): void {
    // nobody waits for the end of an endpoint that has gone, and closing connections does not fail
    void record.retire().then(() => this.#context.alive.delete(record));
  }
}

/** For whoever compares versions by those who were sent there. */
function unitHash(plan: ActivePlan | undefined, requested: Requested): number {
  const unit = plan?.bucketBy === undefined ? undefined : unitOf(requested, plan.bucketBy);
  return unit === undefined ? noUnit : hashText(unit);
}
