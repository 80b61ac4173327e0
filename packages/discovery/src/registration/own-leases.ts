import { coreError, type Endpoint, type EndpointRef, exponential, type Health, type Repeating, type Runtime, repeat } from '@tutti/core';
import type { DiscoveryBackend, LifeState } from '../backend/discovery-backend.ts';
import { endpointRef } from '../backend/endpoint-ref.ts';
import type { DiscoveryCounter } from '../discovery-counter.ts';
import type { HealthProbe } from '../health/health-probe.ts';
import type { HealthChecks } from '../preservation/suspects.ts';
import { newLife } from './service-instance.ts';

/** One registration of this process. */
interface Held {
  /** The life it has now. */
  endpoint: Endpoint;
  /** Incarnations of all lives it had: the application keeps the reference of the first. */
  readonly lives: Set<string>;
  begun: number;
  wanted: Endpoint['state'];
  unwatchHealth: () => void;
}

export interface Registration extends Endpoint {
  readonly wanted: Endpoint['state'];
  readonly lives: number;
}

/** Two renewals may be lost before a lease ends. */
const renewalsPerTtl = 3;

/** References are known of so many lives of an endpoint: of the first, which the application keeps, and of the last. */
const livesKnown = 64;

export interface LeaseSettings {
  readonly ttlMs: number;
  readonly checks: HealthChecks;
  readonly runtime: Runtime;
  readonly counter: DiscoveryCounter;
}

/** What this process has registered, and keeps alive until it says otherwise. */
export class OwnLeases {
  readonly #backend: DiscoveryBackend;
  readonly #checks: HealthChecks;
  readonly #runtime: Runtime;
  readonly #counter: DiscoveryCounter;
  readonly #ttlMs: number;
  readonly #held = new Map<string, Held>();
  readonly #loop: Repeating;
  #turns = 0;
  #failures = 0;
  #failingSince: number | undefined;
  #closed = false;

  constructor(backend: DiscoveryBackend, { ttlMs, checks, runtime, counter }: LeaseSettings) {
    this.#backend = backend;
    this.#checks = checks;
    this.#runtime = runtime;
    this.#counter = counter;
    this.#ttlMs = ttlMs;
    this.#loop = repeat(runtime, { name: 'the renewal of leases', intervalMs: this.#intervals(), jitter: 0.1 }, () => this.#renew());
  }

  /** Registers an endpoint and keeps it. */
  async hold(endpoint: Endpoint, healthCheck: HealthProbe | undefined): Promise<void> {
    await this.#backend.put(endpoint, this.#ttlMs);
    if (this.#closed) {
      await this.#backend.remove(endpointRef(endpoint));
      throw coreError('NOT_RUNNING', { component: 'ServiceDiscovery', state: 'stopped' });
    }
    const lives = new Set([endpoint.incarnation]);
    const held: Held = { endpoint, lives, begun: 1, wanted: endpoint.state, unwatchHealth: () => {} };
    this.#held.get(keyOf(endpoint))?.unwatchHealth();
    this.#held.set(keyOf(endpoint), held);
    if (healthCheck) held.unwatchHealth = this.#checks.watchHealth(healthCheck, (health) => this.#heard(held, health));
  }

  /** The life that a reference means: the present one of an endpoint that is held here, whichever of its lives it names. */
  lifeOf(ref: EndpointRef): EndpointRef {
    return endpointRef(this.#heldBy(ref)?.endpoint ?? ref);
  }

  async drain(ref: EndpointRef): Promise<EndpointRef> {
    const held = this.#heldBy(ref);
    if (held) held.wanted = 'draining';
    const life = this.lifeOf(ref);
    await this.#backend.mark(life, 'draining');
    return life;
  }

  async deregister(ref: EndpointRef): Promise<EndpointRef> {
    const life = this.lifeOf(ref);
    const held = this.#heldBy(ref);
    if (held) this.#letGo(held);
    await this.#backend.remove(life);
    return life;
  }

  /** By service and instance, with the state that each should have and how many lives it had. */
  get registrations(): readonly Registration[] {
    return Array.from(this.#held.values(), ({ endpoint, wanted, begun }) => ({ ...endpoint, wanted, lives: begun }));
  }

  get endpoints(): readonly Endpoint[] {
    return Array.from(this.#held.values(), ({ endpoint }) => endpoint);
  }

  health(): Health {
    if (this.#failingSince === undefined) return { status: 'healthy' };
    const forMs = Math.round(this.#runtime.clock.now() - this.#failingSince);
    return { status: 'degraded', reason: `leases could not be renewed for ${forMs} ms` };
  }

  /** Deregisters everything. A registry that cannot be reached does not stop anybody from stopping: leases end by themselves. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#loop.stop();
    const farewells = await Promise.allSettled(this.endpoints.map((endpoint) => this.deregister(endpoint)));
    const failed = farewells.find((farewell) => farewell.status === 'rejected');
    if (failed)
      this.#runtime.logger.log('warn', 'endpoints could not be deregistered; their leases end by themselves', { error: failed.reason });
  }

  #heldBy(ref: EndpointRef): Held | undefined {
    const held = this.#held.get(keyOf(ref));
    return held?.lives.has(ref.incarnation) ? held : undefined;
  }

  #letGo(held: Held): void {
    held.unwatchHealth();
    if (this.#isHeld(held)) this.#held.delete(keyOf(held.endpoint));
  }

  #isHeld(held: Held): boolean {
    return this.#held.get(keyOf(held.endpoint)) === held;
  }

  #heard(held: Held, health: Health): void {
    if (held.wanted === 'draining') return;
    held.wanted = health.status === 'unhealthy' ? 'unhealthy' : 'ready';
    this.#loop.trigger();
  }

  async #renew(): Promise<void> {
    const all = [...this.#held.values()];
    if (all.length === 0) return;
    const lives = all.map(({ endpoint }) => endpointRef(endpoint));
    try {
      const states = await this.#backend.renew(lives, this.#ttlMs);
      for (const [index, held] of all.entries()) {
        const state = states[index];
        if (state !== undefined && this.#isHeld(held) && held.endpoint.incarnation === lives[index]?.incarnation)
          await this.#settle(held, state);
      }
      this.#failingSince = undefined;
      this.#failures = 0;
      this.#counter.renewed('done');
    } catch (error) {
      if (this.#failingSince === undefined) this.#runtime.logger.log('warn', 'leases could not be renewed; trying on', { error });
      this.#failingSince ??= this.#runtime.clock.now();
      this.#failures++;
      this.#counter.renewed('failed');
    }
  }

  /** Brings together how a life stands in the registry and how it should. */
  async #settle(held: Held, state: LifeState): Promise<void> {
    if (state === 'gone') await this.#beginAnew(held);
    else if (state === 'replaced') this.#giveUp(held);
    else {
      if (state === 'draining') held.wanted = state;
      if (state !== held.wanted) await this.#backend.mark(endpointRef(held.endpoint), held.wanted);
      if (held.endpoint.state !== held.wanted) held.endpoint = Object.freeze({ ...held.endpoint, state: held.wanted });
    }
  }

  async #beginAnew(held: Held): Promise<void> {
    const endpoint = newLife({ ...held.endpoint, state: held.wanted }, this.#runtime);
    this.#runtime.logger.log('warn', 'the lease of an endpoint had ended; it is registered again', {
      ...endpointRef(endpoint),
      before: held.endpoint.incarnation,
    });
    this.#counter.lifeLost(endpoint.serviceName, 'gone');
    remember(held, endpoint.incarnation);
    held.endpoint = endpoint;
    await this.#backend.put(endpoint, this.#ttlMs);
    if (!this.#isHeld(held)) await this.#backend.remove(endpointRef(endpoint)); // deregistered while it was being written
  }

  /** Whoever registered the instance later is right; taking it back would have the two replace each other for ever. */
  #giveUp(held: Held): void {
    this.#runtime.logger.log('warn', 'another process has registered the instance; this one no longer does', {
      ...endpointRef(held.endpoint),
    });
    this.#counter.lifeLost(held.endpoint.serviceName, 'replaced');
    this.#letGo(held);
  }

  /**
   * Processes that began together renew at different times, and so do those that lost the registry together: when it is back, and has
   * forgotten them, they register again where their turns fall, over all of the interval.
   */
  #intervals(): () => number {
    const everyMs = this.#ttlMs / renewalsPerTtl;
    const again = exponential({ initial: `${Math.ceil(everyMs / 4)}ms`, max: `${Math.ceil(everyMs)}ms`, jitter: 1 });
    return () => {
      if (this.#failures > 0) return again.delayMs(this.#failures, this.#runtime.random);
      return this.#turns++ === 0 ? everyMs * (1 - this.#runtime.random()) : everyMs;
    };
  }
}

function remember(held: Held, incarnation: string): void {
  held.begun++;
  held.lives.add(incarnation);
  const [, second] = held.lives;
  if (held.lives.size > livesKnown && second !== undefined) held.lives.delete(second);
}

function keyOf(ref: EndpointRef): string {
  return `${ref.serviceName}/${ref.instanceId}`;
}
