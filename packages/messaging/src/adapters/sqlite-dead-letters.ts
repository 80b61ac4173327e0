import type { Page } from '@tutti/core';
import type { Row, SqliteDatabase } from '@tutti/core/sqlite';
import type { DeadLetter, DeadLetterQuery, DeadLetters, DeadReason } from '../transport/dead-letters.ts';
import { decodeEvent } from '../transport/encoded-event.ts';

const listSql = 'SELECT * FROM bus_dead_letters WHERE id > ?1 AND (?2 IS NULL OR group_name = ?2) ORDER BY id LIMIT ?3';
const discardSql = 'DELETE FROM bus_dead_letters WHERE id = ?';
const giveBack = `INSERT INTO bus_deliveries (seq, subscription, attempt, fence, due_at, body)
  SELECT l.seq, s.id, 0, l.fence + 1, ?, l.body
  FROM bus_dead_letters l JOIN bus_subscriptions s ON s.group_name = l.group_name AND s.pattern = l.pattern
  WHERE l.id = ? ON CONFLICT DO NOTHING`;
const discardGivenBack = `DELETE FROM bus_dead_letters
  WHERE id = ? AND EXISTS (SELECT 1 FROM bus_subscriptions s WHERE s.group_name = bus_dead_letters.group_name AND s.pattern = bus_dead_letters.pattern)`;

/** @param running The database, once the transport is connected; throws before. */
export function sqliteDeadLetters(running: () => SqliteDatabase, epoch: () => number): DeadLetters {
  return {
    async list({ group, limit, after }: DeadLetterQuery): Promise<Page<DeadLetter>> {
      const rows = await running().read(listSql, [Number(after ?? 0), group ?? null, limit + 1]);
      const items = rows.slice(0, limit).map(letterOf);
      const last = items.at(-1);
      return { items, ...(last && rows.length > limit && { next: last.id }) };
    },

    async replay(ids) {
      const now = Math.floor(epoch());
      const statements = numbered(ids).flatMap((id) => [
        { sql: giveBack, values: [now, id] },
        { sql: discardGivenBack, values: [id] },
      ]);
      if (statements.length === 0) return 0;
      const results = await running().write({ name: 'bus.replay', statements });
      return results.filter(({ changes }, index) => index % 2 === 1 && changes === 1).length;
    },

    async discard(ids) {
      const statements = numbered(ids).map((id) => ({ sql: discardSql, values: [id] }));
      if (statements.length === 0) return 0;
      const results = await running().write({ name: 'bus.discard', statements });
      return results.filter(({ changes }) => changes === 1).length;
    },
  };
}

/** What people type as an id is a number or the id of nothing. */
function numbered(ids: readonly string[]): readonly number[] {
  return ids.map(Number).filter((id) => Number.isSafeInteger(id) && id > 0);
}

function letterOf(row: Row): DeadLetter {
  const { code, stack } = row;
  return {
    id: String(row['id']),
    group: String(row['group_name']),
    pattern: String(row['pattern']),
    reason: row['reason'] as DeadReason,
    failure: { message: String(row['message']), ...(typeof code === 'string' && { code }), ...(typeof stack === 'string' && { stack }) },
    attempts: Number(row['attempts']),
    firstFailedAt: new Date(Number(row['first_failed_at'])).toISOString(),
    lastFailedAt: new Date(Number(row['last_failed_at'])).toISOString(),
    event: decodeEvent(String(row['body'])),
  };
}
