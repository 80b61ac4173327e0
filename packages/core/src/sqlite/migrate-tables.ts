import type { Connection } from './connection.ts';
import { type Refusal, refusalOf } from './refusal.ts';

export interface Migration {
  readonly owner: string;
  readonly steps: readonly string[];
}

/**
 * Runs the steps that the file has not seen, in one transaction. Gives a refusal when a step fails or when the file is
 * newer than the steps; throws when the transaction as a whole fails. Several processes may do it at once: who waits for the
 * lock looks again and finds nothing left to do.
 */
export function migrateTables(connection: Connection, { owner, steps }: Migration): Refusal | [] {
  if (stepsDone(connection, owner) === steps.length) return [];
  try {
    connection.begin();
    const refusal = runSteps(connection, owner, steps);
    if (refusal) connection.rollback();
    else connection.commit();
    return refusal ?? [];
  } catch (error) {
    connection.rollback();
    throw error;
  }
}

function stepsDone(connection: Connection, owner: string): number {
  if (connection.query(`SELECT 1 FROM sqlite_schema WHERE name = 'tutti_migrations'`).length === 0) return 0;
  return Number(connection.query('SELECT steps FROM tutti_migrations WHERE owner = ?', [owner])[0]?.['steps'] ?? 0);
}

function runSteps(connection: Connection, owner: string, steps: readonly string[]): Refusal | undefined {
  connection.script('CREATE TABLE IF NOT EXISTS tutti_migrations (owner TEXT PRIMARY KEY, steps INTEGER NOT NULL) WITHOUT ROWID');
  const done = stepsDone(connection, owner);
  if (done > steps.length) {
    const problem = `the tables of ${owner} were made by a newer version (step ${done}, this one knows ${steps.length}); use that version`;
    return { refused: 'unsupported', problem };
  }
  for (const [index, step] of steps.entries()) {
    if (index < done) continue;
    try {
      connection.script(step);
      if (!connection.inTransaction)
        return { refused: 'invalid', problem: 'ends the transaction that it runs in; leave that to the engine', statement: index };
    } catch (error) {
      if (!connection.inTransaction) throw error;
      return { ...refusalOf(error), statement: index };
    }
  }
  connection.execute('INSERT INTO tutti_migrations VALUES (?, ?) ON CONFLICT (owner) DO UPDATE SET steps = excluded.steps', [
    owner,
    steps.length,
  ]);
  return undefined;
}
