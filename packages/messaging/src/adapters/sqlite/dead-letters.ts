import type { Page } from '@tutti/core';
import type { Row, SqliteDatabase } from '@tutti/core/sqlite';
import type { DeadLetter, DeadLetterQuery, DeadLetters, DeadReason } from '../../transport/dead-letters.ts';
import { decodeEvent } from '../../transport/encoded-event.ts';
import { storedText } from './stored-text.ts';

const listSql = 'SELECT * FROM bus_dead_letters WHERE id > ?1 AND (?2 IS NULL OR group_name = ?2) ORDER BY id LIMIT ?3';
const discardSql = 'DELETE FROM bus_dead_letters WHERE id = ?';
/** In an ordered subscription one that comes back waits for what is on its way of its subject. */
const giveBackSql = `INSERT INTO bus_deliveries (subscription, seq, priority, subject, state, attempt, fence, due_at, replayed_from, stored_at, body)
  SELECT s.id, l.seq, l.priority, iif(s.ordered, l.subject, NULL), iif(s.ordered AND EXISTS (SELECT 1 FROM bus_deliveries d
      WHERE d.subscription = s.id AND d.subject = l.subject AND d.priority = l.priority), 2, 0),
    0, l.fence + 1, ?2, l.id, coalesce(l.stored_at, ?2), l.body
  FROM bus_dead_letters l JOIN bus_subscriptions s ON s.group_name = l.group_name AND s.pattern = l.pattern
  WHERE l.id = ?1 ON CONFLICT DO NOTHING`;
const discardGivenBackSql = `DELETE FROM bus_dead_letters WHERE id = ?1 AND EXISTS (
  SELECT 1 FROM bus_subscriptions s JOIN bus_deliveries d ON d.subscription = s.id AND d.seq = bus_dead_letters.seq AND d.replayed_from = ?1
  WHERE s.group_name = bus_dead_letters.group_name AND s.pattern = bus_dead_letters.pattern)`;

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
        { sql: giveBackSql, values: [id, now] },
        { sql: discardGivenBackSql, values: [id] },
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
    event: decodeEvent(storedText(row['body'])),
  };
}
