import type { AuditRecord, AuditSink, Clock } from '@tutti/core';

/** A record with when it was kept. */
export interface AuditEntry extends AuditRecord {
  /** From 1, without gaps: a reader who knows a number can tell that others were pushed out. */
  readonly number: number;
  /** RFC 3339. */
  readonly recordedAt: string;
}

/** The latest records, in the memory of this process. */
export class AuditRing implements AuditSink {
  readonly #capacity: number;
  readonly #clock: Clock;
  readonly #entries: AuditEntry[] = [];
  #recorded = 0;

  constructor(capacity: number, clock: Clock) {
    this.#capacity = capacity;
    this.#clock = clock;
  }

  async record(record: AuditRecord): Promise<void> {
    const at = this.#recorded++ % this.#capacity;
    const recordedAt = new Date(this.#clock.epoch()).toISOString();
    this.#entries[at] = Object.freeze({ ...structuredClone(record), number: this.#recorded, recordedAt });
  }

  /** Newest first. */
  newest(limit: number): readonly AuditEntry[] {
    const from = this.#recorded % this.#capacity;
    const inOrder = this.#recorded > this.#capacity ? [...this.#entries.slice(from), ...this.#entries.slice(0, from)] : this.#entries;
    return inOrder.slice(Math.max(0, inOrder.length - limit)).toReversed();
  }
}
