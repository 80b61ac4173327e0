import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Statement, WriteSet } from '@tutti/core';
import { type SqliteDatabase, sqliteDatabase } from '@tutti/core/sqlite';
import { eventually, testRuntime } from '@tutti/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { SagaStore } from '../../store/saga-store.ts';
import { by, claim, claimOne, entry, held, loaded, newSaga, request } from '../../testing/saga-store-subject.ts';
import { sqliteStore } from '../sqlite.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

interface Place {
  readonly path: string;
  readonly database: SqliteDatabase;
  readonly store: SagaStore;
  /** Everything that the store wrote. */
  readonly writes: WriteSet[];
}

async function opened(path = ':memory:'): Promise<Place> {
  const database = sqliteDatabase({ path, busyTimeout: '50ms' });
  await database.start();
  undo.push(() => database.stop());
  const writes: WriteSet[] = [];
  const write: SqliteDatabase['write'] = (set) => {
    writes.push(set);
    return database.write(set);
  };
  const store = sqliteStore({ database: Object.assign(Object.create(database), { write }) });
  await store.open(testRuntime());
  return { path, database, store, writes };
}

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-saga-'));
  undo.push(() => rmSync(folder, { recursive: true }));
  return join(folder, 'sagas.db');
}

async function explained(database: SqliteDatabase, how: string, { sql, values }: Statement) {
  const [program] = await database.write({ name: 'test.explain', statements: [{ sql: `${how} ${sql}`, values }] });
  return program?.rows ?? [];
}

/** How many tables and indexes a statement opens for writing. */
async function writtenBy(database: SqliteDatabase, statement: Statement): Promise<number> {
  return (await explained(database, 'EXPLAIN', statement)).filter(({ opcode }) => opcode === 'OpenWrite').length;
}

async function planOf(database: SqliteDatabase, statement: Statement): Promise<string> {
  return (await explained(database, 'EXPLAIN QUERY PLAN', statement)).map(({ detail }) => detail).join('\n');
}

describe('what sagas cost in SQLite', () => {
  it('is one statement that writes one table for a checkpoint that only adds, and no transaction for a look', async () => {
    const { database, store, writes } = await opened();
    const mine = await held(store, 'a');
    writes.length = 0;
    for (const count of [1, 3]) {
      const entries = Array.from({ length: count }, (_, index) => entry(2 + index, 'done'));
      await store.checkpoint(by('one', mine, { name: 'outcome', entries }));
    }
    expect(writes.map(({ name, statements }) => [name, statements.length])).toEqual([
      ['saga.outcome', 1],
      ['saga.outcome', 1],
    ]);
    for (const { statements } of writes) {
      expect(await writtenBy(database, statements[0] as Statement)).toBe(1);
      expect(await planOf(database, statements[0] as Statement)).not.toMatch(/SCAN saga/);
    }
    writes.length = 0;
    expect((await claim(store, 'two')).sagas).toEqual([]);
    expect(await store.outbox.take('one', 1_000, 10)).toEqual([]);
    expect(await store.renew('one', [], 1_000)).toMatchObject({ lost: [] });
    expect(writes).toEqual([]);
  });

  it('does not grow with what is over: no write of a saga, and no look, scans a table', async () => {
    const { database, store, writes } = await opened();
    const looks: Statement[] = [];
    const read: SqliteDatabase['read'] = (sql, values = []) => {
      looks.push({ sql, values });
      return database.read(sql, values);
    };
    const watched = sqliteStore({ database: Object.assign(Object.create(database), { read, write: database.write }) });
    await watched.open(testRuntime());
    await store.create(newSaga('a', { lockKey: 'k' }), { events: [{ id: 'e', body: '1' }] });
    await store.create(newSaga('b', { lockKey: 'k' }));
    const mine = await claimOne(store, 'one');
    await store.renew('one', [mine], 1_000);
    await store.desk.ask('a', request('cancel'), ['running']);
    await store.checkpoint(by('one', mine, { status: 'completed', answered: 1, entries: [entry(2, 'completed')] }));
    await store.desk.forget(1, 10);
    await watched.desk.load('a');
    await claim(watched, 'two');
    const statements = [...writes.flatMap((set) => set.statements), ...looks].filter(({ sql }) => !sql.startsWith('PRAGMA'));
    for (const statement of statements)
      expect(`${statement.sql}\n${await planOf(database, statement)}`).not.toMatch(/SCAN saga_(instances|journal|requests)/);
  });
});

describe('a checkpoint that says less than it does', () => {
  it('changes the status without an entry that tells of it', async () => {
    const { store } = await opened();
    const mine = await held(store, 'a');
    await store.checkpoint(by('one', mine, { status: 'compensating', entries: [entry(2, 'done')] }));
    expect(await loaded(store, 'a')).toMatchObject({ status: 'compensating', owner: 'one', entries: [{ seq: 1 }, { seq: 2 }] });
  });

  it('answers a request without an entry that tells of it', async () => {
    const { store } = await opened();
    const mine = await held(store, 'a');
    await store.desk.ask('a', request('cancel'), ['running']);
    await store.checkpoint(by('one', mine, { answered: 1, entries: [entry(2, 'done')] }));
    expect((await claim(store, 'one')).asked).toEqual([]);
  });
});

describe('a file that an earlier version has written', () => {
  it('is opened, and its tables are left alone', async () => {
    const path = file();
    const database = sqliteDatabase({ path });
    await database.start();
    await database.migrate('saga', ['CREATE TABLE sagas (id TEXT PRIMARY KEY)', "INSERT INTO sagas VALUES ('old')"]);
    await database.stop();
    const { store, database: now } = await opened(path);
    await held(store, 'new');
    expect([await now.read('SELECT id FROM sagas'), await store.desk.load('old')]).toEqual([[{ id: 'old' }], undefined]);
  });
});

const unavailable = { code: 'STORE_UNAVAILABLE', retryable: true };

/** Refuses everything that writes, keeps what was acknowledged, and goes on with the same objects. */
async function refusedMeanwhile(store: SagaStore, begin: () => Promise<unknown>, end: () => Promise<unknown>): Promise<void> {
  const result = 'x'.repeat(100_000);
  const mine = await held(store, 'a');
  await store.create(newSaga('b'), { events: [{ id: 'e', body: '1' }] });
  const kept = await loaded(store, 'a');
  const done = by('one', mine, { name: 'outcome', entries: [entry(2, 'done', { result })], events: [{ id: 'e2', body: result }] });
  await begin();
  await expect(store.checkpoint(done)).rejects.toMatchObject(unavailable);
  await expect(store.create(newSaga('c', { input: result }))).rejects.toMatchObject(unavailable);
  expect(await loaded(store, 'a')).toEqual(kept);
  await end();
  await store.checkpoint(done);
  expect((await store.create(newSaga('c', { input: result }))).created).toBe(true);
  expect((await loaded(store, 'a')).entries.map(({ seq }) => seq)).toEqual([1, 2]);
  expect((await store.outbox.take('one', 1_000, 10)).map(({ id }) => id)).toEqual(['e', 'e2']);
}

describe('a store in bad weather', () => {
  it('on a full database refuses what does not fit, and goes on when there is room', async () => {
    const { store, database } = await opened(file());
    const limit = (pages: number) =>
      database.write({ name: 'test.limit', statements: [{ sql: `PRAGMA max_page_count = ${pages}`, values: [] }] });
    await refusedMeanwhile(
      store,
      () => limit(1), // never below what the file has
      () => limit(1_000_000),
    );
  });

  it('on a file that somebody keeps locked says so soon, claims and renewals too, and goes on later', async () => {
    const { store, path } = await opened(file());
    const outsider = sqliteDatabase({ path });
    await outsider.start();
    undo.push(() => outsider.stop());
    const count = 'WITH RECURSIVE far(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM far WHERE n < 10000000) SELECT count(*) AS far FROM far';
    let locked: Promise<unknown> = Promise.resolve();
    const begin = async (): Promise<void> => {
      locked = outsider.write({ name: 'test.lock', statements: [{ sql: count, values: [] }] });
      await eventually('the file is locked', () =>
        store.renew('one', [{ id: 'nobody', fence: 1 }], 60_000).then(
          () => undefined,
          () => true,
        ),
      );
      await expect(claim(store, 'two')).rejects.toMatchObject(unavailable);
    };
    await refusedMeanwhile(store, begin, () => locked);
    expect((await claim(store, 'two')).sagas.map(({ id }) => id)).toEqual(['b', 'c']);
  });

  it('can be tried again when it could not be opened', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tutti-saga-'));
    undo.push(() => rmSync(folder, { recursive: true }));
    const store = sqliteStore({ path: folder });
    await expect(store.open(testRuntime())).rejects.toMatchObject(unavailable);
    await expect(store.open(testRuntime())).rejects.toMatchObject(unavailable);
    await store.close();
    await expect(store.desk.load('a')).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });
});
