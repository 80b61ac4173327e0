import type { Endpoint } from '@tutti/core';
import type { RegistryChange } from '../backend/discovery-backend.ts';
import { OpenWatches } from './open-watches.ts';

/** What somebody else has written of one service, as it was last read, and those who watch it. */
export class PublishedService {
  readonly #serviceName: string;
  readonly #watches = new OpenWatches();
  #endpoints: ReadonlyMap<string, Endpoint> = new Map();
  #problem: Extract<RegistryChange, { kind: 'malformed' }> | undefined;

  constructor(serviceName: string) {
    this.#serviceName = serviceName;
  }

  get size(): number {
    return this.#endpoints.size;
  }

  get watched(): boolean {
    return this.#watches.size > 0;
  }

  /** Begins with what is known now. */
  watch(listener: (change: RegistryChange) => void, signal: AbortSignal): Promise<void> {
    return this.#watches.add(listener, signal, (watch) => {
      watch.tell(this.#snapshot());
      if (this.#problem) watch.tell(this.#problem);
      watch.begun = true;
    });
  }

  /** From now on it is these. What was wrong before is over. */
  publish(endpoints: readonly Endpoint[]): void {
    const before = this.#endpoints;
    this.#endpoints = new Map(endpoints.map((endpoint) => [endpoint.instanceId, endpoint]));
    if (this.#problem) {
      this.#problem = undefined;
      this.#watches.tell(this.#snapshot());
    } else for (const change of this.#difference(before)) this.#watches.tell(change);
  }

  /** What is there cannot be read; what was known stays. */
  warn(key: string, problem: string): void {
    if (this.#problem?.key === key && this.#problem.problem === problem) return;
    this.#problem = { kind: 'malformed', key, problem };
    this.#watches.tell(this.#problem);
  }

  end(error?: unknown): void {
    this.#watches.endAll(error);
  }

  #snapshot(): RegistryChange {
    return { kind: 'snapshot', endpoints: [...this.#endpoints.values()] };
  }

  *#difference(before: ReadonlyMap<string, Endpoint>): Generator<RegistryChange> {
    for (const [instanceId, { incarnation }] of before) {
      if (!this.#endpoints.has(instanceId)) yield { kind: 'remove', endpoint: { serviceName: this.#serviceName, instanceId, incarnation } };
    }
    for (const [instanceId, endpoint] of this.#endpoints)
      if (before.get(instanceId)?.incarnation !== endpoint.incarnation) yield { kind: 'upsert', endpoint };
  }
}
