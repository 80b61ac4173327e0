import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultRuntime, type Runtime, silentLogger } from '@tutti/core';
import { openPool } from '../src/adapters/postgres/pg-client.ts';
import { type PostgresPool, type PostgresResult, type PostgresStoreOptions, postgresStore } from '../src/adapters/postgres.ts';
import type { SagaStore } from '../src/store/saga-store.ts';
import type { SagaStoreSubject } from '../src/testing/index.ts';

export const quiet: Runtime = { ...defaultRuntime, logger: silentLogger };

/** A pool of the test's own. */
export interface TestPool extends PostgresPool {
  query(text: string, values?: readonly unknown[]): Promise<PostgresResult>;
}

export async function poolOf(url: string, max = 4): Promise<TestPool> {
  const pool = (await openPool({ connectionString: url, max })) as TestPool;
  pool.on('error', () => {}); // a server that is killed
  return pool;
}

/** A schema of its own, and stores in it. */
export interface PostgresPlace {
  readonly schema: string;
  readonly pool: TestPool;
  /** Opens one more store, which `clear` closes. */
  store(more?: Partial<PostgresStoreOptions>): Promise<SagaStore>;
  /** For laws: an open store with nothing in it. */
  subject(): Promise<SagaStoreSubject & { dispose(): Promise<void> }>;
  /** Closes all stores and empties the tables. */
  clear(): Promise<void>;
  /** Drops the schema too. */
  drop(): Promise<void>;
}

export async function postgresPlace(url: string): Promise<PostgresPlace> {
  const schema = `test_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const pool = await poolOf(url);
  const stores: SagaStore[] = [];
  const table = `${schema}.rows`;
  const place: PostgresPlace = {
    schema,
    pool,
    async store(more = {}) {
      const store = postgresStore({ ...(more.pool ? {} : { url }), schema, ...more });
      stores.push(store);
      await store.open(quiet);
      return store;
    },
    async subject() {
      return {
        store: await place.store(),
        leaseMs: 400,
        pass: async (ms) => void (await pause(ms + 2)),
        another: () => place.store(),
        tx: {
          prepare: async () => void (await pool.query(`CREATE TABLE ${table} (id text PRIMARY KEY)`)),
          statement: (id, expectedRows) => ({
            sql: `INSERT INTO ${table} VALUES ($1)`,
            values: [id],
            ...(expectedRows !== undefined && { expectedRows }),
          }),
          refused: () => ({ sql: `INSERT INTO ${schema}.nowhere VALUES ($1)`, values: [1] }),
          ids: async () => (await pool.query(`SELECT id FROM ${table}`)).rows.map(({ id }) => String(id)),
        },
        dispose: () => place.clear(),
      };
    },
    async clear() {
      await Promise.all(stores.splice(0).map((store) => store.close()));
      const all = ['sagas', 'saga_journal', 'saga_outbox', 'saga_locks'].map((name) => `DELETE FROM ${schema}.${name}`);
      await pool.query([...all, `DROP TABLE IF EXISTS ${table}`].join('; '));
    },
    async drop() {
      await Promise.all(stores.splice(0).map((store) => store.close()));
      await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      await pool.end();
    },
  };
  return place;
}
