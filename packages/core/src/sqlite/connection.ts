import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { coreError } from '../errors/core-errors.ts';
import type { SqlValue } from '../ports/write-set.ts';
import type { Row, StatementResult } from './database.ts';
import { textProblem, type Yield, yieldOf } from './statement-text.ts';

interface Prepared {
  readonly statement: StatementSync;
  readonly yields: Yield;
}

/** Only texts with values written into them reach it. Forgetting all of them keeps memory bounded. */
const maxPrepared = 500;

/** One SQLite connection: keeps prepared statements, never waits for a lock, gives rows as plain objects. Throws what the driver throws. */
export class Connection {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();

  constructor(path: string, options: { readonly readOnly: boolean }) {
    this.#database = new DatabaseSync(path, { readOnly: options.readOnly, timeout: 0, enableForeignKeyConstraints: true });
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  /** Runs a text as it is: several statements, transaction control, pragmas. */
  script(sql: string): void {
    this.#database.exec(sql);
  }

  /** One statement of a set, inside a transaction. */
  execute(sql: string, values: readonly SqlValue[]): StatementResult {
    const { statement, yields } = this.#prepare(sql);
    if (yields === 'changes') return withoutRows(Number(statement.run(...values).changes));
    statement.setReadBigInts(true);
    const rows = statement.all(...values).map(plainRow);
    return { changes: yields === 'both' ? rows.length : 0, rows };
  }

  /** Integers beyond 2^53 make the driver throw, so they are asked for again, exactly; the others should not pay for them. */
  query(sql: string, values: readonly SqlValue[] = []): Row[] {
    const { statement, yields } = this.#prepare(sql);
    if (yields !== 'rows')
      throw coreError('INVALID_ARGUMENT', { path: 'sql', problem: 'gives no rows to read; changes go through write()' });
    try {
      statement.setReadBigInts(false);
      return statement.all(...values).map((row) => ({ ...row }));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_OUT_OF_RANGE') throw error;
      statement.setReadBigInts(true);
      return statement.all(...values).map(plainRow);
    }
  }

  begin(): void {
    this.#database.exec('BEGIN IMMEDIATE');
  }

  commit(): void {
    this.#database.exec('COMMIT');
  }

  /** Does nothing when SQLite has rolled back already, as it does when the disk is full. */
  rollback(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }

  close(): void {
    this.#prepared.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    const problem = textProblem(sql, statement.sourceSQL);
    if (problem) throw coreError('INVALID_ARGUMENT', { path: 'sql', problem });
    const prepared: Prepared = { statement, yields: yieldOf(sql, statement.columns().length) };
    if (this.#prepared.size >= maxPrepared) this.#prepared.clear();
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

const frequent: readonly StatementResult[] = [0, 1, 2, 3].map((changes) => Object.freeze({ changes, rows: Object.freeze([]) }));

/** Between threads a known object is copied as a reference, which is most of the work of an answer saved. */
function withoutRows(changes: number): StatementResult {
  return frequent[changes] ?? { changes, rows: [] };
}

/** Rows as the driver gives them have no prototype and every integer as a bigint. */
function plainRow(row: Record<string, unknown>): Row {
  const plain: Record<string, SqlValue> = {};
  for (const [name, value] of Object.entries(row))
    plain[name] = typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : (value as SqlValue);
  return plain;
}
