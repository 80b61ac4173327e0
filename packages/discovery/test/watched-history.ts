import type { Endpoint } from '@tutti/core';
import type { RegistryChange } from '@tutti/discovery';

/** Everything that somebody who watches one service was told, over any number of watches. */
export class WatchedHistory {
  /** Lives that were told again after they were over. */
  readonly resurrected: string[] = [];
  /** How many changes there were. */
  changes = 0;
  readonly #known = new Map<string, Endpoint>();
  readonly #over = new Set<string>();

  /** `incarnation:state` of each endpoint, sorted. */
  get lives(): readonly string[] {
    return Array.from(this.#known.values(), ({ incarnation, state }) => `${incarnation}:${state}`).toSorted();
  }

  readonly hear = (change: RegistryChange): void => {
    this.changes++;
    const before = new Map(this.#known);
    if (change.kind === 'snapshot') {
      this.#known.clear();
      for (const endpoint of change.endpoints) this.#known.set(endpoint.instanceId, endpoint);
    } else if (change.kind === 'upsert') this.#known.set(change.endpoint.instanceId, change.endpoint);
    else this.#known.delete(change.kind === 'remove' ? change.endpoint.instanceId : change.key);
    const now = new Set(Array.from(this.#known.values(), ({ incarnation }) => incarnation));
    for (const incarnation of now) if (this.#over.has(incarnation)) this.resurrected.push(incarnation);
    for (const { incarnation } of before.values()) if (!now.has(incarnation)) this.#over.add(incarnation);
  };
}
