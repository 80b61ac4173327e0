import { isOver, isParked, type SagaStatus } from '../../store/saga-record.ts';
import type { Checkpoint } from '../../store/saga-store.ts';

/** A saga, as far as the contract speaks of it. Times are counted in passes of a short lease. */
export interface ModelledSaga {
  readonly id: string;
  readonly key: string | undefined;
  status: SagaStatus;
  fence: number;
  owner: string | undefined;
  due: number;
  entries: number;
  asked: number;
  answered: number;
  endedAt: number | undefined;
  last: Checkpoint | undefined;
}

export const never: number = Number.POSITIVE_INFINITY;

/** The contract of a store in as few lines as it can be said. What a store may choose, it is told. */
export class ModelledStore {
  now = 0;
  readonly sagas: Map<string, ModelledSaga> = new Map();
  readonly outbox: string[] = [];
  /** Who publishes, how much of the outbox, until when. */
  publishing: { worker: string; ids: string[]; until: number } | undefined;
  readonly #lines = new Map<string, ModelledSaga[]>();
  readonly #holders = new Map<string, ModelledSaga>();

  holderOf(key: string | undefined): ModelledSaga | undefined {
    return key === undefined ? undefined : this.#holders.get(key);
  }

  create(id: string, key: string | undefined, hold: { owner: string; until: number } | undefined, queuedUntil: number): void {
    const locker = this.holderOf(key);
    const held = locker ? undefined : hold;
    const saga: ModelledSaga = {
      ...{ id, key, entries: 1, asked: 0, answered: 0, endedAt: undefined, last: undefined },
      status: locker ? 'queued' : 'running',
      fence: held ? 1 : 0,
      owner: held?.owner,
      due: locker ? queuedUntil : (held?.until ?? this.now),
    };
    this.sagas.set(id, saga);
    if (key === undefined) return;
    if (locker) this.#lines.set(key, [...(this.#lines.get(key) ?? []), saga]);
    else this.#holders.set(key, saga);
  }

  /** Those that are due at this pass or before. */
  due(by: number = this.now): readonly ModelledSaga[] {
    return [...this.sagas.values()].filter((saga) => saga.due <= by);
  }

  claim(saga: ModelledSaga, owner: string, until: number): void {
    this.#leaveLine(saga);
    saga.fence++;
    saga.owner = owner;
    saga.due = until;
  }

  checkpoint(saga: ModelledSaga, { status, entries, answered, events = [] }: Checkpoint, leave: number | undefined): void {
    saga.status = status;
    saga.answered = answered;
    saga.entries = Math.max(saga.entries, ...entries.map(({ seq }) => seq));
    this.outbox.push(...events.map(({ id }) => id));
    if (isOver(status)) this.#end(saga);
    else if (isParked(status)) this.#free(saga, never);
    else if (leave !== undefined) this.#free(saga, saga.asked > saga.answered ? this.now : leave);
  }

  renew(saga: ModelledSaga, until: number | undefined): void {
    if (until === undefined) this.#free(saga, this.now);
    else saga.due = until;
  }

  ask(saga: ModelledSaga, to: SagaStatus | undefined): void {
    saga.asked++;
    if (to) saga.status = to;
    if (saga.owner === undefined) saga.due = this.now;
  }

  #free(saga: ModelledSaga, due: number): void {
    saga.owner = undefined;
    saga.due = due;
  }

  #leaveLine(saga: ModelledSaga): void {
    const line = this.#lines.get(saga.key ?? '');
    if (line?.includes(saga)) line.splice(line.indexOf(saga), 1);
  }

  #end(saga: ModelledSaga): void {
    this.#free(saga, never);
    saga.endedAt = this.now;
    this.#leaveLine(saga);
    if (saga.key === undefined || this.#holders.get(saga.key) !== saga) return;
    const next = this.#lines.get(saga.key)?.shift();
    if (!next) {
      this.#holders.delete(saga.key);
      return;
    }
    this.#holders.set(saga.key, next);
    next.status = 'running';
    next.due = this.now;
  }
}
