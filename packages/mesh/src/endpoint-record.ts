import { type Backoff, type Clock, type Endpoint, exponential, type HttpDispatcher, type LeaseOutcome } from '@tutti/core';
import type { Connect, ConnectionEvents, EndpointConnections } from './endpoint-connections.ts';

/** What every record of a mesh shares. */
export interface RecordContext {
  readonly clock: Clock;
  readonly connect: Connect;
  /** How long an endpoint is avoided after its n-th failure to connect in a row. */
  readonly coolDown: Backoff;
}

/** Avoided for `initialMs`, twice as long with each further failure to connect, at most 30 s. */
export function coolDownFrom(initialMs: number): Backoff {
  return exponential({ initial: `${initialMs}ms`, factor: 2, max: '30s', jitter: 0 });
}

/**
 * All that the mesh knows of one life of one endpoint. It outlives every picker made from it, so a reload of the
 * registry forgets nothing; a restart of the instance is another life and begins a new record.
 */
export class EndpointRecord implements ConnectionEvents {
  endpoint: Endpoint;
  inFlight = 0;
  consecutiveFailures = 0;
  #failedConnects = 0;
  #avoidUntil: number = Number.NEGATIVE_INFINITY;
  #connections: EndpointConnections | undefined;
  #closing: Promise<void> | undefined;
  #whenIdle: PromiseWithResolvers<void> | undefined;
  readonly #context: RecordContext;

  constructor(endpoint: Endpoint, context: RecordContext) {
    this.endpoint = endpoint;
    this.#context = context;
  }

  /** Opened when first asked for. */
  get dispatcher(): HttpDispatcher {
    this.#connections ??= this.#context.connect(this.endpoint, this);
    return this.#connections;
  }

  isCooling(now: number): boolean {
    return now < this.#avoidUntil;
  }

  connected(): void {
    this.#failedConnects = 0;
    this.#avoidUntil = Number.NEGATIVE_INFINITY;
  }

  /** Connections that fail together are one failure: only a try after the last pause makes the next one longer. */
  connectFailed(): void {
    const now = this.#context.clock.now();
    if (this.isCooling(now)) return;
    this.#failedConnects++;
    this.#avoidUntil = now + this.#context.coolDown.ceilingMs(this.#failedConnects);
  }

  leased(): void {
    this.inFlight++;
  }

  /** `undefined` for a lease that was lost: it tells nothing about the endpoint. */
  released(outcome: LeaseOutcome | undefined): void {
    this.inFlight--;
    if (outcome?.kind === 'failure') this.consecutiveFailures++;
    else if (outcome?.kind === 'success' || outcome?.kind === 'rejected') this.consecutiveFailures = 0;
    if (this.inFlight > 0) return;
    this.#whenIdle?.resolve();
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
}
