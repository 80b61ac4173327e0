import {
  coreError,
  type Endpoint,
  type EndpointRef,
  exponential,
  type Health,
  type Repeating,
  type Runtime,
  repeat,
  type TuttiError,
} from '@tutti/core';
import type { DiscoveryBackend, RegistryChange } from '../backend/discovery-backend.ts';
import { discoveryError } from '../errors.ts';
import { type Beliefs, BelievedEndpoints } from './believed-endpoints.ts';
import type { Listener } from './known-endpoints.ts';

/** Between two tries to reach the registry again. Full jitter, because all its clients lost it at the same moment. */
const reconnect = exponential({ initial: '200ms', max: '4s', jitter: 1 });

/** What this process knows of one service. Follows the registry, takes up again when it was lost, and keeps what it knew in between. */
export class ServiceView {
  readonly serviceName: string;
  readonly believed: BelievedEndpoints;
  /** Somebody asked since this was last set to false. */
  used = true;
  readonly #backend: DiscoveryBackend;
  readonly #runtime: Runtime;
  readonly #beliefs: Beliefs;
  readonly #waiting = new Set<() => void>();
  readonly #ending = new AbortController();
  readonly #known = Promise.withResolvers<void>();
  readonly #loop: Repeating;
  #attempt = Promise.withResolvers<void>();
  #failures = 0;
  #lostAt: number | undefined;
  #awaited = 0;

  constructor(serviceName: string, backend: DiscoveryBackend, beliefs: Beliefs) {
    this.serviceName = serviceName;
    this.#backend = backend;
    this.#runtime = beliefs.runtime;
    this.#beliefs = beliefs;
    this.believed = new BelievedEndpoints(serviceName, beliefs, () => this.#lookAgain());
    unhandledIsFine(this.#known.promise);
    unhandledIsFine(this.#attempt.promise);
    this.#loop = repeat(
      this.#runtime,
      { name: `following ${serviceName}`, intervalMs: () => reconnect.delayMs(this.#failures, this.#runtime.random) },
      () => this.#follow(),
    );
    this.#loop.trigger();
  }

  /** Milliseconds since the registry was last heard; 0 while it is. */
  get staleMs(): number {
    return this.#lostAt === undefined ? 0 : this.#runtime.clock.now() - this.#lostAt;
  }

  /** Whether the registry has ever answered. */
  get isKnown(): boolean {
    return this.believed.known.revision > 0;
  }

  get endpoints(): readonly Endpoint[] {
    return this.believed.known.all;
  }

  /** Nobody listens or waits, and nothing is known that could not be had again. */
  get isIdle(): boolean {
    const nobody = !this.used && this.believed.known.listeners === 0 && this.#waiting.size === 0 && this.#awaited === 0;
    return nobody && (!this.isKnown || this.#lostAt === undefined);
  }

  /** What there is to complain of, or undefined. */
  health(): Health | undefined {
    const { staleMs } = this;
    const { suspects, known } = this.believed;
    const reasons = [
      ...(staleMs > 0 ? [`nothing was heard from the registry for ${Math.round(staleMs)} ms`] : []),
      ...(suspects > 0 ? [`the registry is doubted: ${suspects} of ${known.size} endpoints are suspect`] : []),
    ];
    return reasons.length > 0 ? { status: 'degraded', reason: reasons.join('; ') } : undefined;
  }

  /** Resolves with the first snapshot, however long that takes. */
  async ready(): Promise<void> {
    this.#awaited++;
    try {
      await this.#known.promise;
    } finally {
      this.#awaited--;
    }
  }

  /** Resolves when something is known; when nothing is yet, with the try that is under way or was the last one. */
  async current(): Promise<void> {
    this.used = true;
    if (!this.isKnown) await this.#attempt.promise;
  }

  /** The ready endpoints: the same list until something changes. @throws DISCOVERY_UNAVAILABLE when nothing is known yet. */
  lookup(): readonly Endpoint[] {
    this.used = true;
    if (!this.isKnown) throw this.#unavailable(undefined);
    return this.believed.known.ready;
  }

  listen(listener: Listener): () => void {
    return this.believed.known.listen(listener);
  }

  /** Resolves when the view says of a life what `holds` asks for, when the registry is lost, or after `boundMs`. */
  async until(ref: EndpointRef, holds: (endpoint: Endpoint | undefined) => boolean, boundMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (this.#lostAt !== undefined || holds(this.believed.known.life(ref))) resolve();
    };
    const timer = this.#runtime.clock.after(boundMs, resolve);
    this.#waiting.add(look);
    look();
    await promise;
    timer.cancel();
    this.#waiting.delete(look);
  }

  async close(): Promise<void> {
    this.#ending.abort();
    this.believed.close();
    const over = coreError('NOT_RUNNING', { component: 'ServiceDiscovery', state: 'stopped' });
    this.#known.reject(over);
    this.#attempt.reject(over);
    await this.#loop.stop();
  }

  async #follow(): Promise<void> {
    if (this.#ending.signal.aborted) return;
    if (this.#failures > 0) {
      this.#attempt = Promise.withResolvers();
      unhandledIsFine(this.#attempt.promise);
    }
    try {
      await this.#backend.watch(this.serviceName, (change) => this.#apply(change), this.#ending.signal);
      if (!this.#ending.signal.aborted)
        this.#lost(coreError('STORE_UNAVAILABLE', { store: this.#backend.name, problem: 'the watch ended' }));
    } catch (error) {
      this.#lost(error);
    }
  }

  #lost(cause: unknown): void {
    if (this.#ending.signal.aborted) return;
    this.#failures++;
    this.#lostAt ??= this.#runtime.clock.now();
    if (this.#failures === 1) {
      if (this.believed.hadEndpoints) this.#beliefs.counter.lost(this.serviceName);
      this.#runtime.logger.log('warn', `the registry of ${this.serviceName} was lost; what is known stays in use`, { error: cause });
    }
    this.#attempt.reject(this.#unavailable(cause));
    this.#lookAgain();
  }

  #apply(change: RegistryChange): void {
    if (this.#ending.signal.aborted) return;
    if (change.kind === 'snapshot') this.#heard();
    this.believed.apply(change);
    this.#lookAgain();
    if (change.kind !== 'snapshot') return;
    this.#known.resolve();
    this.#attempt.resolve();
  }

  #heard(): void {
    if (this.#lostAt !== undefined && this.believed.hadEndpoints) this.#beliefs.counter.recovered(this.serviceName, this.staleMs);
    this.#failures = 0;
    this.#lostAt = undefined;
  }

  #unavailable(cause: unknown): TuttiError {
    const details = { serviceName: this.serviceName, backend: this.#backend.name };
    return discoveryError('DISCOVERY_UNAVAILABLE', details, cause === undefined ? undefined : { cause });
  }

  #lookAgain(): void {
    for (const look of this.#waiting) look();
  }
}

/** A failure that nobody happened to wait for has been logged and shows in the health. */
function unhandledIsFine(promise: Promise<void>): void {
  promise.catch(() => undefined);
}
