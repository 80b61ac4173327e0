import { BreakerMachine, type Clock, type Endpoint, type HttpDispatcher, type LeaseOutcome, refused, type Ticket } from '@tutti/core';
import type { Candidate } from '../balance/candidate.ts';
import type { Connect, ConnectionEvents, EndpointConnections } from '../connections/endpoint-connections.ts';
import { CoolDown } from './cool-down.ts';
import type { EndpointSettings } from './endpoint-settings.ts';
import type { Exclusion } from './exclusion.ts';
import type { OutcomePlaces } from './lease-outcomes.ts';
import { PassiveHealth } from './passive-health.ts';
import { ReportedLoad } from './reported-load.ts';
import { Responsiveness, type Sent } from './responsiveness.ts';
import { excusedByStall } from './stall-excuse.ts';
import { WarmUp } from './warm-up.ts';

/** What a record shares with the others of its service, and whom it tells. */
export interface RecordContext {
  readonly clock: Clock;
  readonly connect: Connect;
  /** Something about the endpoint changed that decides whether it is picked. */
  changed(): void;
  /** The endpoint failed as often in a row as its settings allow. */
  failing(record: EndpointRecord): void;
}

/**
 * All that the mesh knows of one life of one endpoint: what the registry, its own probe, its answers, its breaker and its load
 * say. It outlives every picker made from it, so a reload of the registry or of the policy forgets nothing; a restart of the
 * instance is another life and begins a new record.
 */
export class EndpointRecord implements ConnectionEvents, Candidate {
  endpoint: Endpoint;
  settings: EndpointSettings;
  inFlight = 0;
  /** This process's own probe; undefined while it is not probed or has not answered. */
  probedHealthy: boolean | undefined = undefined;
  readonly passiveHealth: PassiveHealth = new PassiveHealth();
  readonly responsiveness: Responsiveness = new Responsiveness();
  readonly warmUp: WarmUp;
  breaker: BreakerMachine | undefined;
  /** Where its outcomes are counted; made by the first. */
  outcomePlaces: OutcomePlaces | undefined = undefined;
  readonly #context: RecordContext;
  readonly #reportedLoad = new ReportedLoad();
  readonly #coolDown = new CoolDown();
  #connections: EndpointConnections | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;
  #whenIdle: PromiseWithResolvers<void> | undefined = undefined;

  /** @param readySince When it got its weight, for the slow start; `-Infinity` for one that is led up no more. */
  constructor(endpoint: Endpoint, settings: EndpointSettings, readySince: number, context: RecordContext) {
    this.endpoint = endpoint;
    this.settings = settings;
    this.warmUp = new WarmUp(readySince);
    this.#context = context;
    this.breaker = this.#makeBreaker();
  }

  /** Another state of the same life. One that was ill is led up to its share anew. */
  update(endpoint: Endpoint): void {
    if (this.endpoint.state === 'unhealthy' && endpoint.state === 'ready') this.warmUp.restart(this.#context.clock.now());
    this.endpoint = endpoint;
  }

  /** What this process's own probe says of it. One that is well ends an ejection. */
  probed(healthy: boolean): void {
    if (this.probedHealthy === false && healthy) this.warmUp.restart(this.#context.clock.now());
    this.probedHealthy = healthy;
    if (healthy) this.passiveHealth.ejections.forgive();
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

  get consecutiveFailures(): number {
    return this.passiveHealth.consecutiveFailures;
  }

  /** Opened when first asked for. */
  get dispatcher(): HttpDispatcher {
    this.#connections ??= this.#context.connect(this.endpoint, this);
    return this.#connections;
  }

  isCooling(now: number): boolean {
    return this.#coolDown.isOn(now);
  }

  /** All that speaks against it whatever the request is, the strongest first, but for `full` and the breaker, which change with every request. */
  exclusions(now: number): readonly Exclusion[] {
    const { state, weight } = this.endpoint;
    const { ejections } = this.passiveHealth;
    const found: Exclusion[] = [];
    if (state === 'draining') found.push({ reason: 'draining' });
    if (weight <= 0) found.push({ reason: 'without weight' });
    if (state === 'unhealthy') found.push({ reason: 'unhealthy' });
    if (this.probedHealthy === false) found.push({ reason: 'failing its probe' });
    if (now < ejections.until) found.push({ reason: 'ejected', until: ejections.until });
    if (this.isCooling(now)) found.push({ reason: 'unreachable', until: this.#coolDown.until });
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
    return this.warmUp.share(now, this.settings.slowStart);
  }

  failureShare(now: number): number {
    return this.passiveHealth.failures.read(now, this.settings.decayMs);
  }

  /**
   * What one more request here costs: the time of a round trip or of a silence, with the penalty for failing, times the requests
   * that would then be under way, times what the server says of itself.
   */
  load(now: number): number {
    const { decayMs, failureCostMs } = this.settings;
    const failing = this.passiveHealth.failures.read(now, decayMs);
    let cost = this.responsiveness.cost(now, decayMs, failureCostMs);
    if (failing > 0) cost += failing * failing * failureCostMs;
    return ((cost * (this.inFlight + 1)) / this.weight) * this.#reportedLoad.factor(now);
  }

  /** Somebody says that it is well: what was held against it is forgotten. */
  readmit(): void {
    this.passiveHealth.readmit();
    this.#coolDown.connected();
    this.#context.changed();
  }

  connected(): void {
    if (this.#coolDown.connected()) this.#context.changed();
  }

  connectFailed(): void {
    if (this.#coolDown.connectFailed(this.#context.clock.now(), this.settings.coolDown)) this.#context.changed();
  }

  /** The ticket of the breaker, which the outcome brings back; `refused` when it is shut and nothing was taken. */
  take(now: number): Ticket {
    let ticket: Ticket = 0;
    if (this.breaker) {
      ticket = this.breaker.admit(this.#context.clock);
      if (ticket === refused) return refused;
    }
    this.inFlight++;
    this.responsiveness.sent(now);
    return ticket;
  }

  /** The answer began after `latencyMs`: this request is no longer a sign of silence, and what is still to come may last. */
  answered(latencyMs: number, now: number): void {
    this.responsiveness.waitOver(now);
    this.responsiveness.answeredAfter(Math.max(0, latencyMs), now, this.settings.decayMs);
  }

  /** Whether the endpoint hangs, now that the time that a caller had for this request is over. */
  keptSilent(sent: Sent): boolean {
    return this.responsiveness.keptSilent(sent, this.#context.clock.now());
  }

  reported(load: number, now: number): void {
    this.#reportedLoad.observe(load, now);
  }

  /**
   * Takes back what `take` gave. `undefined` for a lease that was lost, and what says nothing about the endpoint counts neither
   * way: a caller that lost interest, and times that ran out while this process's own event loop stood still.
   */
  release(outcome: LeaseOutcome | undefined, ticket: Ticket, answered: boolean, now: number, stalledMs: number): void {
    this.inFlight--;
    if (!answered) this.responsiveness.waitOver(now);
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

  #learn(outcome: LeaseOutcome, ticket: Ticket, answered: boolean, now: number, stalledMs: number): void {
    const failed = outcome.kind === 'failure';
    if (failed && excusedByStall(outcome, stalledMs)) {
      this.breaker?.ignored(ticket);
      return;
    }
    const { decayMs, failuresToEject } = this.settings;
    const tookMs = outcome.latencyMs - stalledMs;
    this.passiveHealth.observe(failed, now, decayMs);
    if (answered) this.responsiveness.learnt(now);
    else if (failed) this.responsiveness.gaveUpAfter(tookMs, now, decayMs);
    else this.responsiveness.answeredAfter(Math.max(0, tookMs), now, decayMs);
    if (failed) this.breaker?.failed(ticket, this.#context.clock);
    else this.breaker?.succeeded(ticket, this.#context.clock);
    if (failed && this.passiveHealth.consecutiveFailures >= failuresToEject) this.#context.failing(this);
  }
}
