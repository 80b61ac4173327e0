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

export const freshSchema = (): string => `law_${randomUUID().replaceAll('-', '').slice(0, 12)}`;

/** Stores of one schema of its own, which is dropped with the subject. */
export async function postgresSubject(
  url: string,
  more: Partial<PostgresStoreOptions> = {},
): Promise<SagaStoreSubject & { readonly schema: string; readonly pool: TestPool; dispose(): Promise<void> }> {
  const schema = freshSchema();
  const pool = await poolOf(url);
  const stores: SagaStore[] = [];
  const another = async (): Promise<SagaStore> => {
    const store = postgresStore({ ...('pool' in more ? {} : { url }), ...more, schema });
    stores.push(store);
    await store.open(quiet);
    return store;
  };
  const table = `${schema}.rows`;
  return {
    store: await another(),
    leaseMs: 400,
    pass: async (ms) => void (await pause(ms + 2)),
    another,
    schema,
    pool,
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
    async dispose() {
      await Promise.all(stores.map((store) => store.close()));
      await pool.query(`DROP SCHEMA ${schema} CASCADE`);
      await pool.end();
    },
  };
}
