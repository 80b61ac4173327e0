import assert from 'node:assert/strict';
import type { Statement } from '@tutti/core';
import type { Law } from '@tutti/core/testing';
import type { JournalEntry } from '../store/journal-entry.ts';
import type { NewSaga, SagaRecord, SagaRequest } from '../store/saga-record.ts';
import type { Checkpoint, Claimed, ClaimedSaga, ClaimRequest, Holding, SagaStore, SagaStoreCapabilities } from '../store/saga-store.ts';

/** A table of two or more rows that statements of checkpoints can change, in the database of the store. */
export interface SagaStoreTable {
  /** Makes it, empty. */
  prepare(): Promise<void>;
  /** Inserts one row. */
  statement(id: string, expectedRows?: number): Statement;
  /** One that the database does not execute: of a table that is not there. */
  refused(): Statement;
  /** Of all rows, in any order. */
  ids(): Promise<readonly string[]>;
}

/** What the laws need: an open store with nothing in it, and its time. */
export interface SagaStoreSubject {
  readonly store: SagaStore;
  /** A lease short enough to wait for its end, long enough that a few calls are over sooner: a few hundred milliseconds where time is real. */
  readonly leaseMs: number;
  /** Lets so much of the store's time go by, or a little more. */
  pass(ms: number): Promise<void>;
  /** One more store on the same place, open; for stores that are `shared` or `durable`. Whoever makes the subject closes it. */
  another?(): Promise<SagaStore>;
  /** For stores that are `transactional`. */
  readonly tx?: SagaStoreTable;
}

export type SagaStoreLaw = Law<SagaStoreSubject, SagaStoreCapabilities & Readonly<Record<string, boolean>>>;

/** A lease that does not end while a law runs. */
export const long: number = 600_000;

export const known: ClaimRequest['known'] = [{ saga: 'trip', fingerprint: 'f1' }];

export const newSaga = (id: string, over: Partial<NewSaga> = {}): NewSaga => ({
  id,
  saga: 'trip',
  fingerprint: 'f1',
  input: '{"to":"Rome"}',
  call: { correlationid: 'c1', tenantid: 'acme' },
  createdAt: 1_700_000_000_000,
  entries: [entry(1, 'started')],
  ...over,
});

export const entry = (seq: number, what: JournalEntry['what'], over: Partial<JournalEntry> = {}): JournalEntry => ({
  seq,
  at: 1_700_000_000_000,
  worker: 'one',
  fence: 1,
  what,
  ...over,
});

export const request = (verb: SagaRequest['verb'], over: Partial<SagaRequest> = {}): SagaRequest => ({
  verb,
  actor: 'ada',
  reason: 'it has to be',
  at: 1_700_000_000_000,
  ...over,
});

export const event = (id: string): { readonly id: string; readonly body: string } => ({ id, body: `{"said":"${id}"}` });

/** A checkpoint that changes nothing but what is given. */
export const by = (worker: string, { id, fence }: Holding, over: Partial<Checkpoint> = {}): Checkpoint => ({
  name: 'intent',
  id,
  fence,
  worker,
  status: 'running',
  entries: [],
  answered: 0,
  ...over,
});

export const claim = (store: SagaStore, worker: string, over: Partial<ClaimRequest> = {}): Promise<Claimed> =>
  store.claim({ worker, leaseMs: long, max: 100, known, ...over });

export async function claimedIds(store: SagaStore, worker: string, over: Partial<ClaimRequest> = {}): Promise<readonly string[]> {
  return idsOf((await claim(store, worker, over)).sagas);
}

/** The one saga that can be claimed. */
export async function claimOne(store: SagaStore, worker: string, over: Partial<ClaimRequest> = {}): Promise<ClaimedSaga> {
  const { sagas } = await claim(store, worker, over);
  assert.equal(sagas.length, 1, `${worker} should have got one saga`);
  return sagas[0] as ClaimedSaga;
}

/** Makes a saga that `worker` holds. */
export async function held(store: SagaStore, id: string, worker = 'one', over: Partial<NewSaga> = {}): Promise<Holding> {
  const { created } = await store.create(newSaga(id, over), { hold: { worker, leaseMs: long } });
  assert.ok(created, `${id} should have been created`);
  return { id, fence: 1 };
}

export async function loaded(store: SagaStore, id: string): Promise<SagaRecord> {
  const record = await store.desk.load(id);
  assert.ok(record, `${id} should be there`);
  return record;
}

export const idsOf = (items: readonly { readonly id: string }[]): readonly string[] => items.map(({ id }) => id);

/** The second store of a law that needs one. */
export async function anotherOf({ another }: SagaStoreSubject): Promise<SagaStore> {
  assert.ok(another, 'a store that is shared or durable needs another one on the same place to be tested');
  return another();
}
