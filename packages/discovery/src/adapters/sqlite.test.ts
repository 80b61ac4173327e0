import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SqliteDatabase, sqliteDatabase } from '@tutti/core/sqlite';
import { checkLaws, testRuntime } from '@tutti/core/testing';
import { describe, it } from 'vitest';
import { type BackendSubject, discoveryLaws, leaseLaws, watchLaws } from '../testing/index.ts';
import { sqliteBackend } from './sqlite.ts';

/** Clients with databases of their own, as several processes have them. The databases live in real time, the leases do not. */
async function fileSubject(): Promise<BackendSubject> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-discovery-'));
  const runtime = testRuntime();
  const databases: SqliteDatabase[] = [];
  return {
    runtime,
    async connect() {
      const database = sqliteDatabase({ path: join(folder, 'registry.db') });
      databases.push(database);
      await database.start();
      return sqliteBackend({ database, runtime });
    },
    async pass(ms) {
      await runtime.clock.advance(ms);
      // A write that is answered says that all before it are done.
      await Promise.all(databases.map((database) => database.write({ name: 'test.fence', statements: [] })));
    },
    async dispose() {
      await Promise.all(databases.map((database) => database.stop()));
      await rm(folder, { recursive: true });
    },
  };
}

/** Clients that share a database, as several parts of one process may. */
async function sharedSubject(): Promise<BackendSubject> {
  const runtime = testRuntime();
  const database = sqliteDatabase({ path: ':memory:', runtime });
  await database.start();
  return {
    runtime,
    connect: () => sqliteBackend({ database, runtime }),
    pass: (ms) => runtime.clock.advance(ms),
    dispose: () => database.stop(),
  };
}

const laws = [...watchLaws, ...leaseLaws, ...discoveryLaws];

describe('sqlite backends with a database each', () => {
  checkLaws(it, laws, fileSubject);
});

describe('sqlite backends that share a database', () => {
  checkLaws(it, laws, sharedSubject);
});
