import { checkOptions, defaultRuntime, type Endpoint, type EndpointRef, objectWith, type Runtime, type Timer } from '@tutti/core';
import type { LifeState, RegistryChange } from '../backend/discovery-backend.ts';
import { endpointRef } from '../backend/endpoint-ref.ts';

interface Life {
  readonly endpoint: Endpoint;
  readonly expiresAt: number;
}

interface Watch {
  readonly listener: (change: RegistryChange) => void;
  /** The number of the first change that its snapshot does not hold. */
  readonly from: number;
}

interface Announcement {
  readonly number: number;
  readonly serviceName: string;
  readonly change: RegistryChange;
}

export interface MemoryRegistryOptions {
  /** Leases are measured by its clock. */
  readonly runtime?: Runtime;
}

/** What the memory backends that share it hold: endpoints of one process, or of one simulated network. */
export class MemoryRegistry {
  readonly #runtime: Runtime;
  readonly #services = new Map<string, Map<string, Life>>();
  readonly #watches = new Map<string, Set<Watch>>();
  readonly #undelivered: Announcement[] = [];
  #announced = 0;
  #delivering = false;
  #timer: Timer | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(options: MemoryRegistryOptions = {}) {
    checkOptions('memoryRegistry', options, { optional: { runtime: objectWith('a Runtime', 'clock') } });
    this.#runtime = options.runtime ?? defaultRuntime;
  }

  put(endpoint: Endpoint, ttlMs: number): void {
    const lives = this.#services.get(endpoint.serviceName) ?? new Map<string, Life>();
    this.#services.set(endpoint.serviceName, lives);
    this.#keep(lives, endpoint, this.#expiry(ttlMs));
    this.#announce(endpoint.serviceName, { kind: 'upsert', endpoint });
  }

  renew(ref: EndpointRef, ttlMs: number): LifeState {
    return this.#withLife(ref, (life, lives) => {
      this.#keep(lives, life.endpoint, this.#expiry(ttlMs));
      return life.endpoint.state;
    });
  }

  mark(ref: EndpointRef, state: Endpoint['state']): LifeState {
    return this.#withLife(ref, (life, lives) => {
      if (life.endpoint.state === 'draining' || life.endpoint.state === state) return life.endpoint.state;
      const endpoint = Object.freeze({ ...life.endpoint, state });
      this.#keep(lives, endpoint, life.expiresAt);
      this.#announce(ref.serviceName, { kind: 'upsert', endpoint });
      return state;
    });
  }

  remove(ref: EndpointRef): void {
    this.#end(ref, { kind: 'remove', endpoint: endpointRef(ref), farewell: true });
  }

  watch(serviceName: string, listener: (change: RegistryChange) => void): () => void {
    const watches = this.#watches.get(serviceName) ?? new Set();
    const watch: Watch = { listener, from: this.#announced };
    this.#watches.set(serviceName, watches.add(watch));
    const lives = this.#services.get(serviceName)?.values() ?? [];
    listener({ kind: 'snapshot', endpoints: Array.from(lives, (life) => life.endpoint) });
    return () => {
      watches.delete(watch);
      if (watches.size === 0) this.#watches.delete(serviceName);
    };
  }

  #end(ref: EndpointRef, change: RegistryChange): void {
    this.#withLife(ref, (_life, lives) => {
      lives.delete(ref.instanceId);
      if (lives.size === 0) this.#services.delete(ref.serviceName);
      this.#announce(ref.serviceName, change);
      return 'gone';
    });
  }

  #withLife(ref: EndpointRef, change: (life: Life, lives: Map<string, Life>) => LifeState): LifeState {
    const lives = this.#services.get(ref.serviceName);
    const life = lives?.get(ref.instanceId);
    if (!lives || !life) return 'gone';
    return life.endpoint.incarnation === ref.incarnation ? change(life, lives) : 'replaced';
  }

  #expiry(ttlMs: number): number {
    return this.#runtime.clock.now() + ttlMs;
  }

  #keep(lives: Map<string, Life>, endpoint: Endpoint, expiresAt: number): void {
    lives.set(endpoint.instanceId, { endpoint, expiresAt });
    this.#wakeBy(expiresAt);
  }

  #wakeBy(at: number): void {
    if (at >= this.#wakeAt) return;
    this.#timer?.cancel();
    this.#wakeAt = at;
    this.#timer = this.#runtime.clock.after(at - this.#runtime.clock.now(), () => this.#expire());
    this.#timer.unref();
  }

  #expire(): void {
    this.#wakeAt = Number.POSITIVE_INFINITY;
    const now = this.#runtime.clock.now();
    let nextAt = Number.POSITIVE_INFINITY;
    for (const lives of this.#services.values()) {
      for (const { endpoint, expiresAt } of lives.values()) {
        if (expiresAt <= now) this.#end(endpoint, { kind: 'remove', endpoint: endpointRef(endpoint) });
        else nextAt = Math.min(nextAt, expiresAt);
      }
    }
    if (nextAt < Number.POSITIVE_INFINITY) this.#wakeBy(nextAt);
  }

  /** A listener may write in its turn: that change waits until this one has reached everybody, so all hear one order. */
  #announce(serviceName: string, change: RegistryChange): void {
    this.#undelivered.push({ number: this.#announced++, serviceName, change });
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#undelivered.shift(); next; next = this.#undelivered.shift()) this.#deliver(next);
    } finally {
      this.#delivering = false;
    }
  }

  #deliver({ number, serviceName, change }: Announcement): void {
    for (const watch of [...(this.#watches.get(serviceName) ?? [])]) if (number >= watch.from) watch.listener(change);
  }
}
