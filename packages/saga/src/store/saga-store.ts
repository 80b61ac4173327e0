import type { Durability, Runtime, Statement } from '@tutti/core';
import type { JournalEntry } from './journal-entry.ts';
import type { SagaDesk } from './saga-desk.ts';
import type { SagaOutbox, StoredEvent } from './saga-outbox.ts';
import type { NewSaga, SagaRecord, SagaStatus } from './saga-record.ts';

/** Who holds a saga, under which fence. */
export interface Holding {
  readonly id: string;
  readonly fence: number;
}

/** Who asks for work, and which he can do. */
export interface ClaimRequest {
  readonly worker: string;
  readonly leaseMs: number;
  /** At most so many; 0 only looks. */
  readonly max: number;
  /** Sagas by name and graph: work on another graph is left for those who know it. */
  readonly known: readonly { readonly saga: string; readonly fingerprint: string }[];
}

/** A saga that was claimed; `owner` and `fence` are the new ones. */
export interface ClaimedSaga extends SagaRecord {
  /** Whose lease ran out; absent when it was given back or never held. What kills one worker after the other is counted by this. */
  readonly takenFrom?: string;
}

export interface Claimed {
  readonly sagas: readonly ClaimedSaga[];
  /** Ids of sagas that this worker holds and of which something was asked that no checkpoint has answered. */
  readonly asked: readonly string[];
  /** When the next saga that could be claimed is due, milliseconds since the epoch; absent when nothing waits for its time. A hint. */
  readonly nextDueAt?: number;
  /** The store's clock, milliseconds since the epoch. */
  readonly now: number;
}

export interface Created {
  /** False when nothing was written: the id is taken, or the key is and nobody wants to wait. */
  readonly created: boolean;
  /** The saga that holds the business key instead. With `created` it was `queued` behind it. */
  readonly lockedBy?: string;
  /** The store's clock, milliseconds since the epoch. */
  readonly now: number;
}

export interface CreateOptions {
  /** Holds the saga at once for this worker, under fence 1: its start and what the worker does first are one write. Not when it is queued. */
  readonly hold?: { readonly worker: string; readonly leaseMs: number };
  /** What to do when another saga has the business key. @defaultValue 'queue' */
  readonly whenLocked?: 'queue' | 'refuse';
  /** Queued no longer than until then (milliseconds since the epoch): from then on it can be claimed although it is queued. */
  readonly queuedUntil?: number;
  readonly events?: readonly StoredEvent[];
  readonly statements?: readonly Statement[];
}

/**
 * A change of one saga. Names of writes, for crash tests: intent, outcome, retry, failure, decision, sleep, undo-intent, undo-outcome,
 * undo-retry, finish, answer.
 */
export interface Checkpoint extends Holding {
  readonly name: string;
  readonly worker: string;
  readonly status: SagaStatus;
  readonly entries: readonly JournalEntry[];
  /** Gives the saga back: it can be claimed from then on (milliseconds since the epoch, 0 at once). Absent: it stays held. One that is over or parked is given back anyway. */
  readonly dueAt?: number;
  /** How many requests of `asked` have been answered in all. */
  readonly answered: number;
  /** Kept in the outbox, in the same write. */
  readonly events?: readonly StoredEvent[];
  /** Executed in the same write, after the fence was checked; only with the capability `transactional`. */
  readonly statements?: readonly Statement[];
}

export interface SagaStoreCapabilities {
  /** What was acknowledged survives the end of the process. */
  readonly durable: boolean;
  /** Workers in several processes share the work. */
  readonly shared: boolean;
  /** Takes statements into its checkpoints: the data of a step and its outcome are one commit. */
  readonly transactional: boolean;
}

/**
 * Keeps sagas. What a method resolved is as durable as `open` says; what it rejected with a retryable error may or may not have been written,
 * and the same call again does no harm.
 *
 * SA-1 A saga is created once: the same id again changes nothing and says so.
 * SA-2 `claim` gives a saga to one worker, under a fence higher than any before; not again until it is due: its lease ran out, or it was given back.
 *   It says which of the two it was.
 * SA-3 A checkpoint is written whole or not at all, and only under the fence and by the worker that hold the saga; else SAGA_FENCED.
 * SA-4 A saga that is over or parked is never claimed, and has no owner. A parked one can be claimed when a request opened it again.
 * SA-5 `renew` prolongs the leases that are still held and names those that are not; with `leaseMs` 0 it gives them back at once.
 * SA-6 Entries are kept in the order of their numbers; one with the number of another takes its place.
 * SA-7 Whoever watches is told after a saga was created, given back, asked or over: by this process at once, by others soon.
 * SA-8 A saga given back until a time is not claimed before that time of the store's clock, and can be then.
 * SA-9 Of the sagas of one business key one at a time holds it, from its creation until it is over, parked times included; the others are
 *   queued in the order of their creation, not claimed, and the first of them runs when the one before is over.
 * SA-10 A queued saga whose time has come (`queuedUntil`), or of which something was asked, can be claimed while it is queued. It has left the
 *   line then: whoever claims it ends it, and that leaves the key where it is.
 * SA-11 A request is kept only if the status allows it, in the same step that may open the saga again; the holder hears of it through `claim`.
 *   One who gives the saga back without an answer to it gives it back until now, whatever time he names: the next one answers.
 * SA-12 Events are in the outbox if and only if their checkpoint was written; each is taken by one worker at a time, in the order of commits, until it is dropped.
 * SA-13 Statements are executed if and only if their checkpoint was written; a row count other than expected refuses all with
 *   SAGA_TX_CONFLICT, a statement that the database refuses with SAGA_TX_REFUSED.
 * SA-14 `forget` removes sagas that were over before a time, with their journals, and nothing else.
 * SA-15 A checkpoint that was written and is written again by the same holder changes nothing: entries keep their numbers, events their ids.
 * SA-16 A list shows every saga that fits once, the newest first, whatever the pages; counts agree with it.
 * SA-17 What a durable store acknowledged is there for the store that is opened on the same place after it.
 */
export interface SagaStore {
  readonly name: string;
  readonly capabilities: SagaStoreCapabilities;
  /** What operators see and do. */
  readonly desk: SagaDesk;
  readonly outbox: SagaOutbox;
  /** Says in words what an acknowledged checkpoint survives, and what about the settings found is weaker than it should be. */
  open(runtime: Runtime): Promise<Durability>;
  /** Leaves no handle. Accepts a store that could not be opened. */
  close(): Promise<void>;
  create(saga: NewSaga, options?: CreateOptions): Promise<Created>;
  claim(request: ClaimRequest): Promise<Claimed>;
  /** @throws SAGA_FENCED, SAGA_TX_CONFLICT, SAGA_TX_REFUSED: nothing was written; STORE_UNAVAILABLE: it may have been */
  checkpoint(checkpoint: Checkpoint): Promise<void>;
  /** Gives the ids that are lost, and the store's clock. */
  renew(worker: string, held: readonly Holding[], leaseMs: number): Promise<{ readonly lost: readonly string[]; readonly now: number }>;
}
