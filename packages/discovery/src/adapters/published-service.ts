import type { Endpoint } from '@tutti/core';
import type { RegistryChange } from '../backend/discovery-backend.ts';
import { type OpenWatch, OpenWatches } from './open-watches.ts';

/** Where something is wrong, and what. */
export interface Problem {
  readonly key: string;
  readonly problem: string;
}

/** What somebody else has written of one service, as it was last read, and those who watch it. */
export class PublishedService {
  readonly #serviceName: string;
  readonly #onPurpose: boolean;
  readonly #watches = new OpenWatches();
  #endpoints: ReadonlyMap<string, Endpoint> = new Map();
  #known = false;
  #problem: Problem | undefined;

  /** @param onPurpose Whether who is missing was taken out by somebody, instead of perhaps being lost. */
  constructor(serviceName: string, onPurpose: boolean) {
    this.#serviceName = serviceName;
    this.#onPurpose = onPurpose;
  }

  get watched(): boolean {
    return this.#watches.size > 0;
  }

  /** Begins with what is known now, or as soon as something is. Resolves and rejects as `end` says, or when `signal` is aborted. */
  watch(listener: (change: RegistryChange) => void, signal: AbortSignal): Promise<void> {
    return this.#watches.add(listener, signal, (watch) => void (this.#known && this.#begin(watch)));
  }

  /** From now on it is these, and what was wrong before is over unless it is said again. */
  publish(endpoints: readonly Endpoint[], problem?: Problem): void {
    const before = this.#endpoints;
    this.#endpoints = new Map(endpoints.map((endpoint) => [endpoint.instanceId, endpoint]));
    this.#known = true;
    if (this.#problem && !this.#isSaid(problem)) {
      this.#problem = undefined;
      this.#watches.tell(this.#snapshot());
    } else for (const change of this.#difference(before)) this.#watches.tell(change);
    if (problem) this.warn(problem);
    for (const watch of this.#watches.all) if (!watch.begun) this.#begin(watch);
  }

  /** What is there cannot be read; what was known stays. */
  warn(problem: Problem): void {
    if (this.#isSaid(problem)) return;
    this.#problem = problem;
    this.#watches.tell({ kind: 'malformed', ...problem });
  }

  end(error?: unknown): void {
    this.#watches.endAll(error);
  }

  #begin(watch: OpenWatch): void {
    watch.tell(this.#snapshot());
    if (this.#problem) watch.tell({ kind: 'malformed', ...this.#problem });
    watch.begun = true;
  }

  #isSaid(problem: Problem | undefined): boolean {
    return problem?.key === this.#problem?.key && problem?.problem === this.#problem?.problem;
  }

  #snapshot(): RegistryChange {
    return { kind: 'snapshot', endpoints: [...this.#endpoints.values()] };
  }

  *#difference(before: ReadonlyMap<string, Endpoint>): Generator<RegistryChange> {
    const farewell = this.#onPurpose && { farewell: true as const };
    for (const [instanceId, { incarnation }] of before) {
      if (!this.#endpoints.has(instanceId))
        yield { kind: 'remove', endpoint: { serviceName: this.#serviceName, instanceId, incarnation }, ...farewell };
    }
    for (const [instanceId, endpoint] of this.#endpoints)
      if (before.get(instanceId)?.incarnation !== endpoint.incarnation) yield { kind: 'upsert', endpoint };
  }
}
