import type { Clock, Endpoint, EndpointLease, HttpDispatcher, LeaseOutcome, Place, Places, StallWatch, Ticket } from '@tutti/core';
import type { TrafficRoute } from '../traffic/active-plan.ts';
import type { EndpointRecord } from './endpoint-record.ts';
import type { LeaseOutcomes } from './lease-outcomes.ts';

/** What leases need beside their record. */
export interface LeaseContext {
  readonly clock: Clock;
  readonly stalls: StallWatch;
  readonly outcomes: LeaseOutcomes;
  /** As many leases of the service are out as places are taken. */
  readonly places: Places;
}

/** Who wants to hear of the end of a lease that it gave out. */
export interface LeaseKeeper {
  /** @param place Where it is kept. @param isHeld Whether anybody has asked for what it holds. */
  returned(lease: MeshLease, place: Place<MeshLease>, isHeld: boolean): void;
}

/** What a lease that is out holds. */
export interface HeldLease {
  readonly record: EndpointRecord;
  readonly ticket: Ticket;
  readonly context: LeaseContext;
  answered: boolean;
}

/** One request's place at one endpoint. */
export class MeshLease implements EndpointLease {
  readonly endpoint: Endpoint;
  /** How the traffic plan sent the request here; undefined where there are no plans. */
  readonly followed: TrafficRoute | undefined;
  readonly session?: readonly [name: string, value: string];
  readonly record: EndpointRecord;
  readonly #context: LeaseContext;
  readonly #ticket: Ticket;
  readonly #stalledBefore: number;
  readonly #unit: number;
  readonly #startedAt: number;
  #keeper: LeaseKeeper | undefined = undefined;
  #place: Place<MeshLease> | undefined = undefined;
  #held: HeldLease | undefined = undefined;
  #answered = false;
  #done = false;

  constructor(
    record: EndpointRecord,
    ticket: Ticket,
    context: LeaseContext,
    now: number,
    followed: TrafficRoute | undefined,
    unit: number,
    session: readonly [string, string] | undefined,
  ) {
    this.endpoint = record.endpoint;
    this.record = record;
    this.followed = followed;
    if (session !== undefined) this.session = session;
    this.#context = context;
    this.#ticket = ticket;
    this.#unit = unit;
    this.#startedAt = now;
    this.#stalledBefore = context.stalls.total(now);
    context.stalls.watch();
  }

  get dispatcher(): HttpDispatcher {
    return this.record.dispatcher;
  }

  keptBy(keeper: LeaseKeeper, place: Place<MeshLease>): void {
    this.#keeper = keeper;
    this.#place = place;
  }

  startedBefore(time: number): boolean {
    return this.#startedAt < time;
  }

  /** What it holds, for whoever takes it back when it is lost: refers to it in no way, and follows what becomes of it. */
  get held(): HeldLease {
    this.#held ??= { record: this.record, ticket: this.#ticket, context: this.#context, answered: this.#answered };
    return this.#held;
  }

  answered(latencyMs: number): void {
    if (this.#answered || this.#done) return;
    this.#answered = true;
    if (this.#held) this.#held.answered = true;
    const { clock, stalls } = this.#context;
    const now = clock.now();
    this.record.answered((isTime(latencyMs) ? latencyMs : now - this.#startedAt) - (stalls.total(now) - this.#stalledBefore), now);
  }

  reported(load: number): void {
    if (!(load >= 0 && load <= 1)) return; // no share of anything: as if nothing had been said
    this.record.reported(load, this.#context.clock.now());
  }

  /** `done`, with the time since the lease began. */
  ended(kind: LeaseOutcome['kind'], error?: unknown): void {
    if (this.#done) return;
    const now = this.#context.clock.now();
    const latencyMs = now - this.#startedAt;
    this.#end(error === undefined ? { kind, latencyMs } : { kind, latencyMs, error }, now);
  }

  done(outcome: LeaseOutcome): void {
    if (this.#done) return;
    const now = this.#context.clock.now();
    this.#end(isTime(outcome.latencyMs) ? outcome : { ...outcome, latencyMs: now - this.#startedAt }, now);
  }

  #end(outcome: LeaseOutcome, now: number): void {
    this.#done = true;
    if (this.#place) this.#keeper?.returned(this, this.#place, this.#held !== undefined);
    const { stalls, outcomes } = this.#context;
    this.#context.places.leave();
    this.record.release(outcome, this.#ticket, this.#answered, now, stalls.total(now) - this.#stalledBefore);
    stalls.unwatch();
    outcomes.ended(this.record, this.followed, this.#unit, outcome);
  }
}

/** What is none would stay in every average that it came into: the time of the lease itself is taken then. */
function isTime(latencyMs: number): boolean {
  return latencyMs >= 0 && latencyMs < Number.POSITIVE_INFINITY;
}
