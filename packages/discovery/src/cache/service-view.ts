import {
  coreError,
  type Endpoint,
  type EndpointChange,
  type EndpointRef,
  exponential,
  type Repeating,
  type Runtime,
  repeat,
} from '@tutti/core';
import type { DiscoveryBackend, RegistryChange } from '../backend/discovery-backend.ts';
import { endpointRef } from '../backend/endpoint-ref.ts';
import { discoveryError } from '../errors.ts';

/** Between two tries to reach the registry again. Full jitter, because all its clients lost it at the same moment. */
const reconnect = exponential({ initial: '200ms', max: '5s', jitter: 1 });

type Listener = (change: EndpointChange) => void;

/**
 * What this process knows of one service. Follows the registry, takes up again when it was lost, and keeps what it knew
 * in between. Numbers its changes itself: registries have no numbers that all rise.
 */
export class ServiceView {
  readonly serviceName: string;
  readonly #backend: DiscoveryBackend;
  readonly #runtime: Runtime;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #malformed = new Map<string, string>();
  readonly #listeners = new Set<Listener>();
  readonly #waiting = new Set<() => void>();
  readonly #ending = new AbortController();
  readonly #known = Promise.withResolvers<void>();
  readonly #loop: Repeating;
  #attempt = Promise.withResolvers<void>();
  #revision = 0;
  #failures = 0;
  #lostAt: number | undefined;

  constructor(serviceName: string, backend: DiscoveryBackend, runtime: Runtime) {
    this.serviceName = serviceName;
    this.#backend = backend;
    this.#runtime = runtime;
    unhandledIsFine(this.#known.promise);
    unhandledIsFine(this.#attempt.promise);
    this.#loop = repeat(
      runtime,
      { name: `following ${serviceName}`, intervalMs: () => reconnect.delayMs(this.#failures, runtime.random) },
      () => this.#follow(),
    );
    this.#loop.trigger();
  }

  /** Milliseconds since the registry was last heard; 0 while it is. */
  get staleMs(): number {
    return this.#lostAt === undefined ? 0 : this.#runtime.clock.now() - this.#lostAt;
  }

  get endpoints(): readonly Endpoint[] {
    return [...this.#endpoints.values()];
  }

  /** What is wrong with records that are no endpoints, by their keys. */
  get malformed(): ReadonlyMap<string, string> {
    return this.#malformed;
  }

  /** Resolves with the first snapshot, however long that takes. */
  get ready(): Promise<void> {
    return this.#known.promise;
  }

  /** What is known; when that is nothing yet, what the try that is under way or was the last one brings. */
  async current(): Promise<readonly Endpoint[]> {
    if (this.#revision === 0) await this.#attempt.promise;
    return this.endpoints;
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    if (this.#revision > 0) listener({ kind: 'snapshot', revision: this.#revision, endpoints: this.endpoints });
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves when the view says of a life what `holds` asks for, when the registry is lost, or after `boundMs`. */
  async until(ref: EndpointRef, holds: (endpoint: Endpoint | undefined) => boolean, boundMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      const endpoint = this.#endpoints.get(ref.instanceId);
      if (this.#lostAt !== undefined || holds(endpoint?.incarnation === ref.incarnation ? endpoint : undefined)) resolve();
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
    this.#listeners.clear();
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
    if (this.#failures === 1)
      this.#runtime.logger.log('warn', `the registry of ${this.serviceName} was lost; what is known stays in use`, { error: cause });
    this.#attempt.reject(
      discoveryError('DISCOVERY_UNAVAILABLE', { serviceName: this.serviceName, backend: this.#backend.name }, { cause }),
    );
    this.#lookAgain();
  }

  #apply(change: RegistryChange): void {
    if (change.kind === 'snapshot') this.#replaceAll(change.endpoints);
    else if (change.kind === 'upsert') this.#upsert(change.endpoint);
    else if (change.kind === 'remove') this.#remove(change.endpoint);
    else this.#skip(change.key, change.problem);
    this.#lookAgain();
  }

  #replaceAll(endpoints: readonly Endpoint[]): void {
    const first = this.#revision === 0;
    const news = first || endpoints.length !== this.#endpoints.size || endpoints.some((endpoint) => !this.#has(endpoint));
    this.#failures = 0;
    this.#lostAt = undefined;
    this.#malformed.clear();
    if (news) {
      this.#endpoints.clear();
      for (const endpoint of endpoints) this.#endpoints.set(endpoint.instanceId, endpoint);
      this.#tell({ kind: 'snapshot', revision: ++this.#revision, endpoints: this.endpoints });
    }
    this.#known.resolve();
    this.#attempt.resolve();
  }

  #upsert(endpoint: Endpoint): void {
    this.#malformed.delete(endpoint.instanceId);
    if (this.#has(endpoint)) return;
    this.#endpoints.set(endpoint.instanceId, endpoint);
    this.#tell({ kind: 'upsert', revision: ++this.#revision, endpoint });
  }

  #remove(ref: EndpointRef): void {
    this.#malformed.delete(ref.instanceId);
    if (this.#endpoints.get(ref.instanceId)?.incarnation !== ref.incarnation) return;
    this.#endpoints.delete(ref.instanceId);
    this.#tell({ kind: 'remove', revision: ++this.#revision, endpoint: endpointRef(ref) });
  }

  #skip(key: string, problem: string): void {
    const known = this.#endpoints.get(key);
    if (known) this.#remove(known);
    this.#malformed.set(key, problem);
    this.#runtime.logger.log('warn', `a record of ${this.serviceName} is no endpoint; it is skipped`, { key, problem });
  }

  /** A life changes in nothing but its state. */
  #has(endpoint: Endpoint): boolean {
    const known = this.#endpoints.get(endpoint.instanceId);
    return known?.incarnation === endpoint.incarnation && known.state === endpoint.state;
  }

  #tell(change: EndpointChange): void {
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener(change);
  }

  #lookAgain(): void {
    for (const look of this.#waiting) look();
  }
}

/** A failure that nobody happened to wait for has been logged and shows in the health. */
function unhandledIsFine(promise: Promise<void>): void {
  promise.catch(() => undefined);
}
