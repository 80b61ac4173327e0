import {
  BreakerMachine,
  type Clock,
  type Endpoint,
  failureClass,
  type HttpDispatcher,
  type LeaseOutcome,
  refused,
  type Ticket,
} from '@tutti/core';
import type { Candidate } from '../balance/candidate.ts';
import type { Connect, ConnectionEvents, EndpointConnections } from '../connections/endpoint-connections.ts';
import { AnswerTime } from './answer-time.ts';
import { Ejections } from './ejections.ts';
import type { EndpointSettings } from './endpoint-settings.ts';
import type { Exclusion } from './exclusion.ts';
import type { OutcomePlaces } from './lease-outcomes.ts';
import { FailureShare, PeakEwma } from './peak-ewma.ts';
import { reportedLoadFactor } from './reported-load.ts';
import { slowStartShare } from './slow-start.ts';

/** What a record shares with the others of its service, and whom it tells. */
export interface RecordContext {
  readonly clock: Clock;
  readonly connect: Connect;
  /** Something about the endpoint changed that decides whether it is picked. */
  changed(): void;
  /** The endpoint failed as often in a row as its settings allow. */
  failing(record: EndpointRecord): void;
}

/** A request that has left for the endpoint. */
export interface Sent {
  startedBefore(time: number): boolean;
}

/** Of the time that was waited: a shorter pause of this process excuses nobody. */
const noSmallPart = 0.25;

/** A server's own account of itself counts for so long. */
const reportValidMs = 10_000;

/**
 * All that the mesh knows of one life of one endpoint: what the registry, its own probe, its answers, its breaker and its load
 * say. It outlives every picker made from it, so a reload of the registry or of the policy forgets nothing; a restart of the
 * instance is another life and begins a new record.
 */
export class EndpointRecord implements ConnectionEvents, Candidate {
  endpoint: Endpoint;
  settings: EndpointSettings;
  inFlight = 0;
  /** Milliseconds on the clock since which it has had its weight, for the slow start; `-Infinity` for one that is led up no more. */
  readySince: number;
  /** This process's own probe; undefined while it is not probed or has not answered. */
  probedHealthy: boolean | undefined = undefined;
  consecutiveFailures = 0;
  /** Outcomes since the last sweep of the outlier detection. */
  readonly sweep: { answers: number; failures: number } = { answers: 0, failures: 0 };
  readonly ejections: Ejections = new Ejections();
  readonly rtt: PeakEwma = new PeakEwma();
  readonly failures: FailureShare = new FailureShare();
  breaker: BreakerMachine | undefined;
  /** Where its outcomes are counted; made by the first. */
  outcomePlaces: OutcomePlaces | undefined = undefined;
  readonly #context: RecordContext;
  #heard = false;
  /** Requests that have no answer yet, and since when none of them has had one. */
  #unanswered = 0;
  #silentSince = 0;
  readonly #answerTime = new AnswerTime();
  /** When it answered last, or something else of it was learnt. */
  #learntAt: number = Number.NEGATIVE_INFINITY;
  #reportedLoad = 0;
  #reportedAt: number = Number.NEGATIVE_INFINITY;
  #failedConnects = 0;
  #avoidUntil: number = Number.NEGATIVE_INFINITY;
  #connections: EndpointConnections | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;
  #whenIdle: PromiseWithResolvers<void> | undefined = undefined;

  constructor(endpoint: Endpoint, settings: EndpointSettings, readySince: number, context: RecordContext) {
    this.endpoint = endpoint;
    this.settings = settings;
    this.readySince = readySince;
    this.#context = context;
    this.breaker = this.#makeBreaker();
  }

  /** Another state of the same life. One that was ill is led up to its share anew. */
  update(endpoint: Endpoint): void {
    if (this.endpoint.state === 'unhealthy' && endpoint.state === 'ready') this.readySince = this.#context.clock.now();
    this.endpoint = endpoint;
  }

  /** What this process's own probe says of it. One that is well ends an ejection. */
  probed(healthy: boolean): void {
    if (this.probedHealthy === false && healthy) this.readySince = this.#context.clock.now();
    this.probedHealthy = healthy;
    if (healthy) this.ejections.forgive();
    this.#context.changed();
  }

  /** Another policy. What is known of the endpoint stays. */
  apply(settings: EndpointSettings): void {
    const same = this.settings.breaker?.key === settings.breaker?.key;
    this.settings = settings;
    if (!same) this.breaker = this.#makeBreaker();
  }

  get instanceId(): string {
    return this.endpoint.instanceId;
  }

  get weight(): number {
    return this.endpoint.weight;
  }

  /** Opened when first asked for. */
  get dispatcher(): HttpDispatcher {
    this.#connections ??= this.#context.connect(this.endpoint, this);
    return this.#connections;
  }

  isCooling(now: number): boolean {
    return now < this.#avoidUntil;
  }

  /** All that speaks against it whatever the request is, the strongest first, but for `full` and the breaker, which change with every request. */
  exclusions(now: number): readonly Exclusion[] {
    const { state, weight } = this.endpoint;
    const found: Exclusion[] = [];
    if (state === 'draining') found.push({ reason: 'draining' });
    if (weight <= 0) found.push({ reason: 'without weight' });
    if (state === 'unhealthy') found.push({ reason: 'unhealthy' });
    if (this.probedHealthy === false) found.push({ reason: 'failing its probe' });
    if (now < this.ejections.until) found.push({ reason: 'ejected', until: this.ejections.until });
    if (this.isCooling(now)) found.push({ reason: 'unreachable', until: this.#avoidUntil });
    return found;
  }

  canTake(): boolean {
    return this.inFlight < this.settings.maxInFlight && !this.isShutOff();
  }

  /** Whether its breaker would let nothing through. */
  isShutOff(): boolean {
    return this.breaker !== undefined && this.breaker.state !== 'closed' && !this.breaker.admits(this.#context.clock);
  }

  share(now: number): number {
    const { slowStart } = this.settings;
    if (slowStart === undefined || this.readySince === Number.NEGATIVE_INFINITY) return 1;
    const share = slowStartShare(now - this.readySince, slowStart);
    if (share === 1) this.readySince = Number.NEGATIVE_INFINITY;
    return share;
  }

  failureShare(now: number): number {
    return this.failures.read(now, this.settings.decayMs);
  }

  /**
   * What one more request here costs: the peak average of round trips, never less than the longest wait that is under way, with
   * the penalty for failing, times the requests that would then be under way, times what the server says of itself.
   */
  load(now: number): number {
    const { decayMs, failureCostMs } = this.settings;
    let cost = this.rtt.read(now, decayMs);
    if (this.#unanswered > 0) {
      const waitedMs = now - this.#silentSince;
      if (waitedMs > cost) cost = waitedMs;
      if (!this.#heard && cost < failureCostMs) cost = failureCostMs;
    }
    const failing = this.failures.read(now, decayMs);
    if (failing > 0) cost += failing * failing * failureCostMs;
    const load = (cost * (this.inFlight + 1)) / this.weight;
    return now - this.#reportedAt < reportValidMs ? load * reportedLoadFactor(this.#reportedLoad) : load;
  }

  /** Somebody says that it is well: what was held against it is forgotten. */
  readmit(): void {
    this.ejections.forgive();
    this.consecutiveFailures = 0;
    this.connected();
    this.#context.changed();
  }

  connected(): void {
    this.#failedConnects = 0;
    if (this.#avoidUntil === Number.NEGATIVE_INFINITY) return;
    this.#avoidUntil = Number.NEGATIVE_INFINITY;
    this.#context.changed();
  }

  /** Connections that fail together are one failure: only a try after the last pause makes the next one longer. */
  connectFailed(): void {
    const now = this.#context.clock.now();
    if (this.isCooling(now)) return;
    this.#failedConnects++;
    this.#avoidUntil = now + this.settings.coolDown.ceilingMs(this.#failedConnects);
    this.#context.changed();
  }

  /** The ticket of the breaker, which the outcome brings back; `refused` when it is shut and nothing was taken. */
  take(now: number): Ticket {
    let ticket: Ticket = 0;
    if (this.breaker) {
      ticket = this.breaker.admit(this.#context.clock);
      if (ticket === refused) return refused;
    }
    this.inFlight++;
    if (this.#unanswered++ === 0) this.#silentSince = now;
    return ticket;
  }

  /** The answer began after `latencyMs`: this request is no longer a sign of silence, and what is still to come may last. */
  answered(latencyMs: number, now: number): void {
    this.#heardFrom(now);
    this.#heard = true;
    this.#answeredAfter(Math.max(0, latencyMs), now);
  }

  /**
   * Whether the endpoint hangs, as far as anybody can tell, when the time that a caller had for this request is over and nothing has come. That
   * callers are in a hurry says nothing of it, so three things must be so: it had longer than twice its slowest answer of about
   * the last hundred; it answered nobody else meanwhile; and nothing else was held against it meanwhile, so that requests
   * that are given up together are one failure. Of an endpoint that has not answered ten times nobody can tell.
   */
  keptSilent(sent: Sent): boolean {
    return sent.startedBefore(this.#context.clock.now() - this.#answerTime.longEnoughMs) && !sent.startedBefore(this.#learntAt);
  }

  reported(load: number, now: number): void {
    this.#reportedLoad = load;
    this.#reportedAt = now;
  }

  /**
   * Takes back what `take` gave. `undefined` for a lease that was lost, and what says nothing about the endpoint counts neither
   * way: a caller that lost interest, and times that ran out while this process's own event loop stood still.
   */
  release(outcome: LeaseOutcome | undefined, ticket: Ticket, answered: boolean, now: number, stalledMs: number): void {
    this.inFlight--;
    if (!answered) this.#heardFrom(now);
    if (outcome !== undefined && outcome.kind !== 'cancelled') this.#learn(outcome, ticket, answered, now, stalledMs);
    else this.breaker?.ignored(ticket);
    if (this.inFlight > 0 || this.#whenIdle === undefined) return;
    this.#whenIdle.resolve();
    this.#whenIdle = undefined;
  }

  /** The endpoint takes nothing new: what is in flight may end, then the connections are closed. */
  async retire(): Promise<void> {
    if (this.inFlight > 0) {
      this.#whenIdle ??= Promise.withResolvers();
      await this.#whenIdle.promise;
    }
    await this.destroy();
  }

  /** Breaks the connections. Shared: a second call gets the same promise. */
  destroy(): Promise<void> {
    this.#closing ??= this.#connections?.destroy() ?? Promise.resolve();
    return this.#closing;
  }

  #makeBreaker(): BreakerMachine | undefined {
    const { breaker } = this.settings;
    return breaker && new BreakerMachine({ ...breaker, tally: breaker.trip.tally(), onChange: () => this.#context.changed() });
  }

  #heardFrom(now: number): void {
    this.#unanswered--;
    this.#silentSince = now;
  }

  #answeredAfter(latencyMs: number, now: number): void {
    this.#learntAt = now;
    this.#answerTime.observe(latencyMs);
    this.rtt.observe(latencyMs, now, this.settings.decayMs);
  }

  /** An answer would have taken at least as long. What fails faster than it answered is no quicker for that. */
  #gaveUpAfter(waitedMs: number, now: number): void {
    const { decayMs } = this.settings;
    if (waitedMs > this.rtt.read(now, decayMs)) this.rtt.observe(waitedMs, now, decayMs);
  }

  #learn(outcome: LeaseOutcome, ticket: Ticket, answered: boolean, now: number, stalledMs: number): void {
    const { clock } = this.#context;
    const failed = outcome.kind === 'failure';
    if (failed && mayBeOurs(outcome, stalledMs)) {
      this.breaker?.ignored(ticket);
      return;
    }
    this.#heard = true;
    this.#learntAt = now;
    const { decayMs, failuresToEject } = this.settings;
    this.failures.observe(failed, now, decayMs);
    this.sweep.answers++;
    if (failed) {
      this.breaker?.failed(ticket, clock);
      this.sweep.failures++;
      if (!answered) this.#gaveUpAfter(outcome.latencyMs - stalledMs, now);
      if (++this.consecutiveFailures >= failuresToEject) this.#context.failing(this);
      return;
    }
    this.breaker?.succeeded(ticket, clock);
    this.consecutiveFailures = 0;
    if (!answered) this.#answeredAfter(Math.max(0, outcome.latencyMs - stalledMs), now);
  }
}

/**
 * Whether a pause of this process can have made the failure: there was no answer in time, or no connection, and the pause was no small
 * part of that time. A loop that is merely busy must not excuse an endpoint that says nothing for seconds.
 */
function mayBeOurs({ status, error, latencyMs }: LeaseOutcome, stalledMs: number): boolean {
  if (status !== undefined || stalledMs === 0 || stalledMs < latencyMs * noSmallPart) return false;
  const kind = failureClass(error);
  return kind === 'timeout' || kind === 'unreachable';
}
