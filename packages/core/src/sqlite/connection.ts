import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { coreError } from '../errors/core-errors.ts';
import type { SqlValue } from '../ports/write-set.ts';
import type { Row, StatementResult } from './database.ts';
import { withoutRows } from './statement-result.ts';
import { namesAreInText, textProblem, type Yield, yieldOf } from './statement-text.ts';

interface Prepared {
  readonly statement: StatementSync;
  readonly yields: Yield;
  /** Of its rows; undefined when they depend on the tables of the moment (`SELECT *`). */
  readonly names: readonly string[] | undefined;
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
    const prepared = this.#prepare(sql);
    if (prepared.yields === 'changes') return withoutRows(Number(prepared.statement.run(...values).changes));
    prepared.statement.setReadBigInts(true);
    const rows = rowsOf(prepared, values);
    return { changes: prepared.yields === 'both' ? rows.length : 0, rows };
  }

  /** Integers beyond 2^53 make the driver throw, so they are asked for again, exactly; the others should not pay for them. */
  query(sql: string, values: readonly SqlValue[] = []): Row[] {
    const prepared = this.#prepare(sql);
    const { statement, yields } = prepared;
    if (yields !== 'rows')
      throw coreError('INVALID_ARGUMENT', { path: 'sql', problem: 'gives no rows to read; changes go through write()' });
    try {
      statement.setReadBigInts(false);
      return rowsOf(prepared, values);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_OUT_OF_RANGE') throw error;
      statement.setReadBigInts(true);
      return rowsOf(prepared, values);
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
    statement.setReturnArrays(true);
    const names = namesOf(statement);
    const prepared: Prepared = { statement, yields: yieldOf(sql, names.length), names: namesAreInText(sql) ? names : undefined };
    if (this.#prepared.size >= maxPrepared) this.#prepared.clear();
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

function namesOf(statement: StatementSync): string[] {
  return statement.columns().map(({ name }) => name);
}

/** The driver's own row objects have no prototype and are slow to make and to use. Names are asked for after the rows, as SQLite prepares anew when tables have changed. */
function rowsOf({ statement, names: known }: Prepared, values: readonly SqlValue[]): Row[] {
  const rows = statement.all(...values) as unknown as SqlValue[][];
  if (rows.length === 0) return [];
  const names = known ?? namesOf(statement);
  return rows.map((row) => {
    const named: Record<string, SqlValue> = {};
    names.forEach((name, index) => {
      named[name] = inNumbers(row[index] as SqlValue);
    });
    return named;
  });
}

/** Where one integer may be large, the driver gives all of them as bigint. */
function inNumbers(value: SqlValue): SqlValue {
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
