import type { StoredEvent } from '../../store/saga-outbox.ts';

/** Events in the order of their commits, and who is publishing the first of them. */
export class MemoryOutbox {
  readonly #events = new Map<string, StoredEvent>();
  #worker = '';
  #until = 0;
  #taken = new Set<string>();

  get size(): number {
    return this.#events.size;
  }

  /** An event that is there keeps its place. */
  add(events: readonly StoredEvent[]): void {
    for (const event of events) if (!this.#events.has(event.id)) this.#events.set(event.id, event);
  }

  take(worker: string, leaseMs: number, max: number, now: number): readonly StoredEvent[] {
    const publishing = this.#until > now && this.#taken.size > 0;
    if (publishing && this.#worker !== worker) return [];
    const events = this.#events.values().take(max).toArray();
    this.#worker = worker;
    this.#until = now + leaseMs;
    this.#taken = new Set(events.map(({ id }) => id));
    return events;
  }

  drop(ids: readonly string[]): void {
    for (const id of ids) {
      this.#events.delete(id);
      this.#taken.delete(id);
    }
  }
}
