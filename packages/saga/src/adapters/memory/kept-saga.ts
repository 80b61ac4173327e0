import type { JournalEntry } from '../../store/journal-entry.ts';
import {
  isOver,
  isParked,
  type NewSaga,
  type SagaRecord,
  type SagaRequest,
  type SagaStatus,
  type SagaSummary,
} from '../../store/saga-record.ts';

/** When a saga is due that waits for no time, but for somebody: the key, or a request. */
export const never: number = Number.MAX_SAFE_INTEGER;

/** One saga in memory. */
export class KeptSaga {
  readonly said: NewSaga;
  readonly entries: JournalEntry[];
  readonly asked: SagaRequest[] = [];
  /** How many of `asked` were answered. */
  answered = 0;
  status: SagaStatus = 'running';
  fence = 0;
  owner: string | undefined;
  dueAt: number = never;
  endedAt: number | undefined;

  constructor(said: NewSaga) {
    this.said = said;
    this.entries = [...said.entries];
  }

  /** Whether its time alone decides when it is claimed. */
  get isOpen(): boolean {
    return !isOver(this.status) && !isParked(this.status);
  }

  isHeldBy(worker: string, fence: number): boolean {
    return this.owner === worker && this.fence === fence;
  }

  hold(worker: string, until: number): void {
    this.owner = worker;
    this.fence++;
    this.dueAt = until;
  }

  giveBack(dueAt: number): void {
    this.owner = undefined;
    this.dueAt = this.isOpen ? dueAt : never;
  }

  /** An entry with the number of another takes its place. */
  note(entries: readonly JournalEntry[]): void {
    for (const entry of entries) this.entries[entry.seq - 1] = entry;
  }

  record(): SagaRecord {
    const { said, status, fence, dueAt } = this;
    return { ...said, status, fence, dueAt, entries: [...this.entries], asked: [...this.asked], ...this.#sometimes() };
  }

  summary(): SagaSummary {
    const { status, fence, dueAt } = this;
    const { id, saga, fingerprint, createdAt, lockKey, call } = this.said;
    return {
      ...{ id, saga, fingerprint, createdAt, status, fence, dueAt, ...this.#sometimes() },
      ...(lockKey !== undefined && { lockKey }),
      ...(call.tenantid !== undefined && { tenant: call.tenantid }),
    };
  }

  #sometimes(): Pick<SagaRecord, 'owner' | 'endedAt'> {
    return { ...(this.owner !== undefined && { owner: this.owner }), ...(this.endedAt !== undefined && { endedAt: this.endedAt }) };
  }
}
