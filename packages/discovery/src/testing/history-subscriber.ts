import type { Endpoint, EndpointChange } from '@tutti/core';
import type { RegistryChange } from '../backend/discovery-backend.ts';

/** What a subscriber of either end is told: of a discovery, with revisions, or of a backend, without. */
export type HeardChange = EndpointChange | RegistryChange;

/** What one subscriber was told and what that amounts to; finds what must never be told. */
export class HistorySubscriber {
  readonly name: string;
  readonly problems: string[] = [];
  readonly #known = new Map<string, Endpoint>();
  /** Lives that this subscriber was told to be over. */
  readonly #over = new Set<string>();
  readonly #drained = new Set<string>();
  #revision = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** The endpoints it knows of now. */
  get endpoints(): readonly Endpoint[] {
    return [...this.#known.values()];
  }

  knows(incarnation: string): boolean {
    return this.endpoints.some((endpoint) => endpoint.incarnation === incarnation);
  }

  hear(change: HeardChange, at: number): void {
    if ('revision' in change) this.#inOrder(change.revision, at);
    if (change.kind === 'snapshot') {
      const there = new Set(change.endpoints.map(({ instanceId }) => instanceId));
      if (there.size < change.endpoints.length) this.#broken(at, 'a snapshot names an instance twice');
      for (const instanceId of this.#known.keys()) if (!there.has(instanceId)) this.#end(instanceId);
      for (const endpoint of change.endpoints) this.#begin(endpoint, at);
    } else if (change.kind === 'upsert') this.#begin(change.endpoint, at);
    else if (change.kind === 'malformed') this.#end(change.key);
    else if (this.#known.get(change.endpoint.instanceId)?.incarnation === change.endpoint.incarnation)
      this.#end(change.endpoint.instanceId);
  }

  #begin(endpoint: Endpoint, at: number): void {
    const { instanceId, incarnation, state } = endpoint;
    const before = this.#known.get(instanceId);
    if (before && before.incarnation !== incarnation) this.#end(instanceId);
    if (this.#over.has(incarnation)) this.#broken(at, `${incarnation} of ${instanceId} was over and has come back`);
    if (this.#drained.has(incarnation) && state !== 'draining')
      this.#broken(at, `${incarnation} of ${instanceId} was draining and is ${state}`);
    if (state === 'draining') this.#drained.add(incarnation);
    this.#known.set(instanceId, endpoint);
  }

  #end(instanceId: string): void {
    const before = this.#known.get(instanceId);
    if (before) this.#over.add(before.incarnation);
    this.#known.delete(instanceId);
  }

  #inOrder(revision: number, at: number): void {
    if (revision <= this.#revision) this.#broken(at, `revision ${revision} came after ${this.#revision}`);
    this.#revision = revision;
  }

  #broken(at: number, what: string): void {
    this.problems.push(`${this.name} at ${Math.round(at)} ms: ${what}`);
  }
}
