import { coreError, type Health, type Prober, worst } from '@tutti/core';
import { checkHealthCheck, type HealthCheck, probeOf } from './health-check.ts';

/** A health check has got its first answer, or another one than before. */
export interface HealthChange {
  readonly name: string;
  readonly health: Health;
  /** Absent for the first answer. */
  readonly before?: Health;
}

interface Watched {
  health: Health | undefined;
  unwatch: () => void;
}

const notAsked: Health = Object.freeze({ status: 'degraded', reason: 'it has not been asked yet' });

/** The health checks of a monitor and what they last said. */
export class HealthChecks {
  readonly #prober: Prober | undefined;
  readonly #checks = new Map<string, Watched>();
  readonly #listeners = new Set<(change: HealthChange) => void>();

  constructor(prober: Prober | undefined) {
    this.#prober = prober;
  }

  register(check: HealthCheck): () => void {
    checkHealthCheck(check);
    const { name, endpoint } = check;
    const probe = probeOf(endpoint);
    if (!this.#prober || !probe) {
      throw coreError('CAPABILITY_MISSING', { feature: 'registerHealthCheck', adapter: 'a monitor without it', capability: 'prober' });
    }
    if (this.#checks.has(name))
      throw coreError('INVALID_ARGUMENT', { path: 'healthCheck.name', problem: `is in use already, got '${name}'` });
    const watched: Watched = { health: undefined, unwatch: () => {} };
    this.#checks.set(name, watched);
    watched.unwatch = this.#prober.watchHealth(probe, (health) => this.#heard(name, watched, health));
    return () => {
      if (this.#checks.get(name) !== watched) return;
      this.#checks.delete(name);
      watched.unwatch();
    };
  }

  healthOf(name: string): Health | undefined {
    const watched = this.#checks.get(name);
    return watched && (watched.health ?? notAsked);
  }

  all(): Health {
    return worst(Object.fromEntries(Array.from(this.#checks, ([name, { health }]) => [name, health ?? notAsked])));
  }

  onChange(listener: (change: HealthChange) => void): () => void {
    const own = (change: HealthChange): void => listener(change);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  close(): void {
    for (const { unwatch } of this.#checks.values()) unwatch();
    this.#checks.clear();
    this.#listeners.clear();
  }

  #heard(name: string, watched: Watched, health: Health): void {
    const before = watched.health;
    watched.health = health;
    const change: HealthChange = { name, health, ...(before && { before }) };
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener(change);
  }
}
