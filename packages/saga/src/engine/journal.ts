import { type Call, exponential, isRetryable, pause, type Statement, TuttiError } from '@tutti/core';
import { sagaError } from '../errors.ts';
import type { JournalEntry } from '../store/journal-entry.ts';
import type { StoredEvent } from '../store/saga-outbox.ts';
import type { SagaStatus } from '../store/saga-record.ts';
import type { Checkpoint, SagaStore } from '../store/saga-store.ts';
import type { Note } from './note.ts';
import { Retries } from './retries.ts';
import type { SagaState } from './saga-state.ts';
import type { StoreTime } from './store-time.ts';

/** How the first write of a saga that does not exist yet is made. False: it is not there and not ours, and nothing goes on. */
export type FirstWrite = (entries: readonly JournalEntry[], extra: Extra) => Promise<boolean>;

/** What is written together with entries. */
export interface Extra {
  readonly events?: readonly StoredEvent[];
  readonly statements?: readonly Statement[];
}

export interface JournalOptions {
  readonly id: string;
  readonly fence: number;
  readonly worker: string;
  readonly status: SagaStatus;
  /** What is there already. */
  readonly entries: readonly JournalEntry[];
  readonly store: SagaStore;
  readonly time: StoreTime;
  readonly state: SagaState;
  /** Cancelled when this worker may no longer act for the saga. */
  readonly call: Call;
  readonly firstWrite?: FirstWrite;
  /** Told after events were stored in the outbox of the store. */
  readonly onEvents: () => void;
  /** Makes events statements of the same database, where the bus stores there too. */
  readonly outbox?: (events: readonly StoredEvent[]) => Promise<readonly Statement[]>;
}

/** A store that is away is asked again, as long as the saga is held. */
const patience = exponential({ initial: '50ms', max: '2s' });

/**
 * Writes what happens to one saga while a worker holds it. Notes gather until `write`; writes follow each other, and whatever was noted while
 * one was on its way goes out with the next: branches that run side by side share their checkpoints.
 */
export class Journal {
  readonly id: string;
  readonly fence: number;
  status: SagaStatus;
  readonly #options: JournalOptions;
  readonly #retries: Retries;
  #seq: number;
  #entries: JournalEntry[] = [];
  #events: StoredEvent[] = [];
  #name: string | undefined = undefined;
  #dueAt: number | undefined = undefined;
  #writing: Promise<void> | undefined = undefined;
  #next: Promise<void> | undefined = undefined;
  #first: FirstWrite | undefined;

  constructor(options: JournalOptions) {
    this.id = options.id;
    this.fence = options.fence;
    this.status = options.status;
    this.#seq = options.entries.at(-1)?.seq ?? 0;
    this.#retries = new Retries(options.entries);
    this.#first = options.firstWrite;
    this.#options = options;
  }

  /** Nothing is stored of this saga yet: the first write makes it. */
  get isNew(): boolean {
    return this.#first !== undefined;
  }

  /** Adds an entry; durable with the next write. */
  note(note: Note): void {
    const before = this.#seq;
    const entry = this.#entry(note);
    try {
      this.#options.state.apply(entry);
    } catch (error) {
      this.#seq = before; // a result that cannot be read was never noted
      throw error;
    }
    this.#entries.push(entry);
  }

  publish(events: readonly StoredEvent[]): void {
    for (const event of events) this.#events.push(event);
  }

  /** Makes everything that was noted durable. @throws SAGA_FENCED, or why the saga was given up */
  write(name: string): Promise<void> {
    this.#name ??= name;
    this.#next ??= this.#follow();
    return this.#next;
  }

  /** The last write: it gives the saga back until then. */
  leave(name: string, dueAt: number): Promise<void> {
    this.#dueAt = dueAt;
    return this.write(name);
  }

  /**
   * Writes an entry together with statements of the same database, both or neither.
   * @throws SAGA_TX_CONFLICT, SAGA_TX_REFUSED: nothing was written, and the entry was never made
   */
  async commit(name: string, note: Note, extra: Extra): Promise<void> {
    await this.quiet();
    const committing = this.#commit(name, note, extra);
    // what is written after a refused transaction is not refused with it
    const over = committing.catch((error: unknown) => {
      if (!isRefusedTransaction(error)) throw error;
    });
    this.#writing = over;
    await committing.finally(() => over.catch(() => undefined));
  }

  /** Resolves when no write is on its way; whoever notes in the same turn notes before the next. @throws what the last write failed with */
  async quiet(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async #commit(name: string, note: Note, extra: Extra): Promise<void> {
    const [entries, events] = [this.#entries, this.#events];
    const entry = this.#entry(note);
    this.#entries = [];
    this.#events = [];
    try {
      await this.#persist(name, [...entries, entry], { ...extra, events: [...events, ...(extra.events ?? [])] });
    } catch (error) {
      if (isRefusedTransaction(error)) {
        this.#seq--;
        this.#entries = entries;
        this.#events = events;
        this.#writing = undefined;
      }
      throw error;
    }
    this.#writing = undefined;
    this.#options.state.apply(entry);
  }

  #entry(note: Note): JournalEntry {
    const { time, worker } = this.#options;
    const replaced = this.#retries.replaces(note);
    const seq = replaced ?? ++this.#seq;
    if (replaced === undefined) this.#retries.remember(note, seq);
    return { seq, at: time.now(), worker, fence: this.fence, ...note };
  }

  async #follow(): Promise<void> {
    // one turn of the microtasks, so that branches that begin together are written together
    await this.#writing;
    while (this.#writing) await this.#writing;
    this.#next = undefined;
    const writing = this.#flush();
    this.#writing = writing;
    try {
      await writing;
      if (this.#writing === writing) this.#writing = undefined;
    } catch (error) {
      this.#writing = writing; // whoever writes after a failure fails with it
      throw error;
    }
  }

  #flush(): Promise<void> {
    const [name, entries, events] = [this.#name ?? 'write', this.#entries, this.#events];
    this.#name = undefined;
    this.#entries = [];
    this.#events = [];
    return this.#persist(name, entries, events.length > 0 ? { events } : {});
  }

  async #persist(name: string, entries: readonly JournalEntry[], extra: Extra): Promise<void> {
    const { call } = this.#options;
    for (let failures = 1; ; failures++) {
      if (call.cancelled) throw call.reason;
      try {
        return await this.#attempt(name, entries, extra);
      } catch (error) {
        // whoever starts a saga is told at once that the store is away, and can start it again under the same id
        if (this.isNew || !isRetryable(error) || isRefusedTransaction(error)) throw error;
      }
      let written: boolean | undefined;
      do {
        await pause(call, patience.delayMs(failures, call.runtime.random));
        written = await this.#wasWritten(entries);
      } while (written === undefined);
      if (!written) continue;
      if (extra.events?.length) this.#options.onEvents();
      return;
    }
  }

  async #attempt(name: string, entries: readonly JournalEntry[], extra: Extra): Promise<void> {
    const { store, worker, state, outbox } = this.#options;
    const statements = outbox && extra.events ? [...(extra.statements ?? []), ...(await outbox(extra.events))] : extra.statements;
    const together: Extra = {
      ...(extra.events && !outbox && { events: extra.events }),
      ...(statements && statements.length > 0 && { statements }),
    };
    const first = this.#first;
    if (first) {
      if (!(await first(entries, together))) throw sagaError('SAGA_RELEASED', { id: this.id, reason: 'it is not for this worker' });
      this.#first = undefined;
      if (together.events) this.#options.onEvents();
      if (this.status === 'running' && this.#dueAt === undefined) return;
    }
    const checkpoint: Checkpoint = {
      name,
      id: this.id,
      fence: this.fence,
      worker,
      status: this.status,
      entries: first ? [] : entries,
      answered: state.answered,
      ...(this.#dueAt !== undefined && { dueAt: this.#dueAt }),
      ...(!first && together),
    };
    await store.checkpoint(checkpoint);
    if (checkpoint.events) this.#options.onEvents();
  }

  /** An answer that did not come says nothing: the store is asked whether the entries are there, under this fence. Undefined: it does not say. */
  async #wasWritten(entries: readonly JournalEntry[]): Promise<boolean | undefined> {
    const last = entries.at(-1);
    if (last === undefined) return false;
    try {
      const kept = (await this.#options.store.desk.load(this.id))?.entries.find(({ seq }) => seq === last.seq);
      const ours = kept?.worker === last.worker && kept.fence === last.fence && kept.what === last.what && kept.at === last.at;
      return ours;
    } catch (error) {
      if (isRetryable(error)) return undefined;
      throw error;
    }
  }
}

function isRefusedTransaction(error: unknown): boolean {
  return TuttiError.is(error, 'SAGA_TX_CONFLICT') || TuttiError.is(error, 'SAGA_TX_REFUSED');
}
