import { coreError } from '@tutti/core';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import { type TableNames, tableSteps } from './tables.ts';

const owner = 'sagas';
/** Any number that is ours: who holds it is the only one to change tables. */
const lock = 7_488_411_202_511;
/** How long it may be held while tables are made. */
const guardMs = 60_000;

/**
 * Makes the tables, or what is missing of them, in one transaction. Whoever comes at the same time waits and finds nothing left to do. Where all is
 * there, nothing is done that needs a right.
 *
 * @throws STORE_UNSUPPORTED when the tables are those of a newer version
 */
export async function migrate(connections: Connections, names: TableNames, store: string): Promise<void> {
  const steps = tableSteps(names);
  const missing = async (connection: Connection): Promise<readonly string[]> => {
    const done = await stepsDone(connection, names);
    if (done <= steps.length) return steps.slice(done);
    const problem = `its tables were made by a newer version (step ${done}, this one knows ${steps.length}); use that version`;
    throw coreError('STORE_UNSUPPORTED', { store, problem });
  };
  const isMissing = async (connection: Connection): Promise<Ended<boolean>> => ended(false, (await missing(connection)).length > 0);
  if (!(await connections.transaction(isMissing))) return;
  await connections.transaction(async (guard) => {
    await guard.ask({ text: 'SELECT pg_advisory_xact_lock($1)', values: [lock] });
    // another transaction, begun under the lock: within one, names of what others made meanwhile may stay unknown
    await connections.transaction(async (connection) => {
      const left = await missing(connection);
      if (left.length === 0) return ended(false, undefined);
      if (!(await isThere(connection, 'to_regnamespace', names.schema))) await connection.ask({ text: `CREATE SCHEMA ${names.schema}` });
      const table = `CREATE TABLE IF NOT EXISTS ${names.migrations} (owner text PRIMARY KEY, steps int NOT NULL)`;
      await connection.ask({ text: [table, ...left].join(';\n') });
      const text = `INSERT INTO ${names.migrations} VALUES ($1, $2) ON CONFLICT (owner) DO UPDATE SET steps = excluded.steps`;
      await connection.ask({ text, values: [owner, steps.length] });
      return ended(true, undefined);
    });
    return ended(false, undefined);
  }, guardMs);
}

interface Ended<T> {
  readonly commit: boolean;
  readonly result: T;
}
const ended = <T>(commit: boolean, result: T): Ended<T> => ({ commit, result });

async function stepsDone(connection: Connection, names: TableNames): Promise<number> {
  if (!(await isThere(connection, 'to_regclass', names.migrations))) return 0;
  const { rows } = await connection.ask({ text: `SELECT steps FROM ${names.migrations} WHERE owner = $1`, values: [owner] });
  return Number(rows[0]?.['steps'] ?? 0);
}

async function isThere(connection: Connection, lookUp: 'to_regclass' | 'to_regnamespace', name: string): Promise<boolean> {
  const { rows } = await connection.ask({ text: `SELECT ${lookUp}($1) IS NOT NULL AS there`, values: [name] });
  return rows[0]?.['there'] === true;
}
