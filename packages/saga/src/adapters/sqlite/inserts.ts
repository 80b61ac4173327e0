import type { SqlValue, Statement } from '@tutti/core';
import type { JournalEntry } from '../../store/journal-entry.ts';
import type { StoredEvent } from '../../store/saga-outbox.ts';

const pairs = (count: number): string => Array.from({ length: count }, () => '(?, ?)').join(', ');

/** Entries of the saga that `where` finds; most checkpoints have one, which costs less without a list. */
const noteSql = (count: number, where: string): string => `INSERT INTO saga_journal (no, seq, body)
  SELECT no, ${count === 1 ? '?, ? FROM saga_instances' : `column1, column2 FROM saga_instances CROSS JOIN (VALUES ${pairs(count)})`}
  WHERE ${where} ON CONFLICT (no, seq) DO UPDATE SET body = excluded.body`;

/** One text for each number of rows, as texts are prepared once. Larger numbers are rare enough to be made each time. */
function perCount(text: (count: number) => string): (count: number) => string {
  const known = Array.from({ length: 33 }, (_, count) => (count > 0 ? text(count) : ''));
  return (count) => known[count] ?? text(count);
}

const startSql = perCount(
  (count) => `INSERT INTO saga_journal (no, seq, body)
  SELECT last_insert_rowid(), column1, column2 FROM (VALUES ${pairs(count)}) WHERE changes() > 0`,
);
const heldSql = perCount((count) => noteSql(count, 'id = ?'));
const fencedSql = perCount((count) => noteSql(count, 'id = ? AND owner = ? AND fence = ? AND status = ? AND answered = ?'));
const eventsSql = perCount((count) => `INSERT INTO saga_outbox (id, body) VALUES ${pairs(count)} ON CONFLICT (id) DO NOTHING`);
const startEventsSql = perCount(
  (count) => `INSERT INTO saga_outbox (id, body)
  SELECT column1, column2 FROM (VALUES ${pairs(count)}) WHERE changes() > 0 ON CONFLICT (id) DO NOTHING`,
);

const entryValues = (entries: readonly JournalEntry[]): SqlValue[] =>
  entries.flatMap((entry): SqlValue[] => [entry.seq, JSON.stringify(entry)]);
const eventValues = (events: readonly StoredEvent[]): SqlValue[] => events.flatMap(({ id, body }): SqlValue[] => [id, body]);

/** The journal of a saga that the statement before has inserted; nothing if it has not. */
export function startJournal(input: string, entries: readonly JournalEntry[]): Statement {
  return { sql: startSql(entries.length + 1), values: [0, input, ...entryValues(entries)] };
}

/** Entries of a saga that a statement before has found to be held. */
export function note(id: string, entries: readonly JournalEntry[]): readonly Statement[] {
  return entries.length === 0 ? [] : [{ sql: heldSql(entries.length), values: [...entryValues(entries), id] }];
}

/** Entries, written if the saga is as these values (owner, fence, status, answered) say: this alone is a checkpoint that changes nothing else. */
export function noteFenced(id: string, state: readonly SqlValue[], entries: readonly JournalEntry[]): Statement {
  return { sql: fencedSql(entries.length), values: [...entryValues(entries), id, ...state], expectedRows: entries.length };
}

export function keepEvents(events: readonly StoredEvent[]): readonly Statement[] {
  return events.length === 0 ? [] : [{ sql: eventsSql(events.length), values: eventValues(events) }];
}

/** Events of a saga whose journal the statement before has begun; nothing if it has not. */
export function startEvents(events: readonly StoredEvent[]): readonly Statement[] {
  return events.length === 0 ? [] : [{ sql: startEventsSql(events.length), values: eventValues(events) }];
}
