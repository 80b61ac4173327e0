import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SqliteDatabase, sqliteDatabase } from '@tutti/core/sqlite';
import { checkLaws, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { type SagaStoreSubject, type SagaStoreTable, sagaStoreLaws } from '../testing/index.ts';
import { type SqliteStoreOptions, sqliteStore } from './sqlite.ts';

type Subject = SagaStoreSubject & { dispose(): Promise<void> };

const tableIn = (database: SqliteDatabase): SagaStoreTable => ({
  prepare: () => database.migrate('test', ['CREATE TABLE rooms (id TEXT PRIMARY KEY)']),
  statement: (id, expectedRows) => ({
    sql: 'INSERT INTO rooms VALUES (?)',
    values: [id],
    ...(expectedRows !== undefined && { expectedRows }),
  }),
  refused: () => ({ sql: 'INSERT INTO nowhere VALUES (1)', values: [] }),
  ids: async () => (await database.read('SELECT id FROM rooms')).map(({ id }) => String(id)),
});

async function inMemory(): Promise<Subject> {
  const runtime = testRuntime();
  const database = sqliteDatabase({ path: ':memory:' });
  await database.start();
  const store = sqliteStore({ database });
  await store.open(runtime);
  return {
    store,
    leaseMs: 15_000,
    pass: (ms) => runtime.clock.advance(ms),
    tx: tableIn(database),
    async dispose() {
      await store.close();
      await database.stop();
    },
  };
}

/** Every store has a writer thread and a reader of its own, as processes have. Leases are on a manual clock; what the disk and the doorbell take is real. */
async function onFile(): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-saga-'));
  const runtime = testRuntime();
  const path = join(folder, 'sagas.db');
  const database = sqliteDatabase({ path, runtime });
  await database.start();
  const store = sqliteStore({ database });
  const others: (() => Promise<void>)[] = [() => store.close(), () => database.stop()];
  await store.open(runtime);
  return {
    store,
    leaseMs: 15_000,
    pass: (ms) => runtime.clock.advance(ms),
    tx: tableIn(database),
    async another() {
      const other = sqliteStore({ path });
      await other.open(runtime);
      others.push(() => other.close());
      return other;
    },
    async dispose() {
      for (const close of others) await close();
      rmSync(folder, { recursive: true });
    },
  };
}

describe('the sqlite store in memory', () => {
  checkLaws(it, sagaStoreLaws, inMemory, { ...sqliteStore({ path: ':memory:' }).capabilities });
});

describe('the sqlite store on a file that others use too', () => {
  checkLaws(it, sagaStoreLaws, onFile, { ...sqliteStore({ path: 'sagas.db' }).capabilities });
});

describe('the options of the sqlite store', () => {
  it.each([
    ['neither a path nor a database', {}, 'sqliteStore'],
    ['both', { path: 'a.db', database: sqliteDatabase({ path: 'b.db' }) }, 'sqliteStore'],
    ['an empty path', { path: '' }, 'sqliteStore.path'],
    ['a database that is none', { database: {} }, 'sqliteStore.database'],
    ['an option that is none', { path: 'a.db', pth: 'y' }, 'sqliteStore.pth'],
  ])('refuse %s', (_what, options, path) => {
    expect(() => sqliteStore(options as SqliteStoreOptions)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });
});
