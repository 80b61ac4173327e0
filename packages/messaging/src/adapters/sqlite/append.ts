import type { SqlValue, Statement } from '@tutti/core';
import type { StatementResult } from '@tutti/core/sqlite';
import type { EncodedEvent } from '../../transport/encoded-event.ts';
import { levelOf } from '../priority-backlog.ts';

/** Events in one statement: from a few on, the statement costs less than its rows. */
const maxRows = 32;

const insertSql = (rows: number): string => `INSERT INTO bus_events (source, id, type, stored_at, priority, subject, body)
  VALUES ${Array.from({ length: rows }, () => '(?, ?, ?, ?, ?, ?, ?)').join(', ')} ON CONFLICT (source, id) DO NOTHING`;
/** One text for each number of rows, as texts are prepared once. */
const insertSqls: readonly string[] = Array.from({ length: maxRows + 1 }, (_, rows) => insertSql(rows));

interface Appending {
  readonly statements: readonly Statement[];
  /** Whether each event was there before. */
  readonly duplicates: (results: readonly StatementResult[]) => readonly boolean[];
}

/** Those that may be there before go one by one, so that it is seen which were; runs of the others go together. */
export function appending(batch: readonly EncodedEvent[], now: number): Appending {
  const statements: Statement[] = [];
  const statementOf: number[] = [];
  let run: SqlValue[] = [];
  let rows = 0;
  const end = (): void => {
    if (rows > 0) statements.push({ sql: insertSqls[rows] as string, values: run });
    run = [];
    rows = 0;
  };
  for (const encoded of batch) {
    if (!encoded.fresh || rows === maxRows) end();
    statementOf.push(statements.length);
    const { source, id, type, priority, subject } = encoded.event;
    run.push(source, id, type, now, levelOf(priority), subject ?? null, encoded.json);
    rows++;
    if (!encoded.fresh) end();
  }
  end();
  return {
    statements,
    duplicates: (results) => statementOf.map((index) => results[index]?.changes === 0),
  };
}
