import { checkOptions, coreError, type Endpoint, type EndpointRef, objectWith } from '@tutti/core';
import type { DiscoveryBackend, DiscoveryCapabilities, LifeState, RegistryChange } from '../backend/discovery-backend.ts';
import { MemoryRegistry } from './memory-registry.ts';

export interface MemoryBackendOptions {
  /** Give the same to several backends and they see each other's endpoints. @defaultValue one of its own */
  readonly registry?: MemoryRegistry;
}

/** Endpoints in the memory of this process: for one process, for tests, for simulation. Nothing survives it. */
export function memoryBackend(options: MemoryBackendOptions = {}): DiscoveryBackend {
  checkOptions('memoryBackend', options, {
    optional: { registry: objectWith('a MemoryRegistry', 'put', 'renew', 'mark', 'remove', 'watch') },
  });
  return new MemoryBackend(options.registry ?? new MemoryRegistry());
}

class MemoryBackend implements DiscoveryBackend {
  readonly name = 'memory';
  readonly capabilities: DiscoveryCapabilities = { registers: true };
  readonly #registry: MemoryRegistry;
  readonly #closing = new AbortController();

  constructor(registry: MemoryRegistry) {
    this.#registry = registry;
  }

  async put(endpoint: Endpoint, ttlMs: number): Promise<void> {
    this.#throwIfClosed();
    this.#registry.put(endpoint, ttlMs);
  }

  async renew(lives: readonly EndpointRef[], ttlMs: number): Promise<readonly LifeState[]> {
    this.#throwIfClosed();
    return lives.map((life) => this.#registry.renew(life, ttlMs));
  }

  async mark(life: EndpointRef, state: Endpoint['state']): Promise<LifeState> {
    this.#throwIfClosed();
    return this.#registry.mark(life, state);
  }

  async remove(life: EndpointRef): Promise<void> {
    this.#throwIfClosed();
    this.#registry.remove(life);
  }

  async watch(serviceName: string, listener: (change: RegistryChange) => void, signal: AbortSignal): Promise<void> {
    this.#throwIfClosed();
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const unwatch = this.#registry.watch(serviceName, listener);
    const end = (): void => {
      unwatch();
      signal.removeEventListener('abort', end);
      this.#closing.signal.removeEventListener('abort', end);
      resolve();
    };
    signal.addEventListener('abort', end);
    this.#closing.signal.addEventListener('abort', end);
    await promise;
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  #throwIfClosed(): void {
    if (this.#closing.signal.aborted) throw coreError('NOT_RUNNING', { component: 'the memory backend', state: 'closed' });
  }
}
