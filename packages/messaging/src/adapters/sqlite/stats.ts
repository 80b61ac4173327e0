import type { Row, SqliteDatabase } from '@tutti/core/sqlite';
import { compilePattern } from '../../pattern/event-pattern.ts';
import type { SubscriptionStats } from '../../transport/event-transport.ts';
import { levels } from './outlook.ts';

const subscriptionsSql = `SELECT s.id AS id, s.group_name AS group_name, s.pattern AS pattern, ${levels.map((level) => `position_${level}`).join(', ')},
  (SELECT count(*) FROM bus_dead_letters l WHERE l.group_name = s.group_name AND l.pattern = s.pattern) AS dead_letters
  FROM bus_subscriptions s ORDER BY s.id`;
/** Those that wait for another of their subject are counted apart, as each of the two counts reads an index only. */
const begunSql = `SELECT state, due_at > ?2 AS later, count(*) AS count FROM bus_deliveries WHERE subscription = ?1 AND state < 2 GROUP BY state, later
  UNION ALL SELECT 2, 0, count(*) FROM bus_deliveries WHERE subscription = ?1 AND subject IS NOT NULL AND state = 2`;
const oldestBegunSql = `SELECT min(stored_at) AS stored_at FROM (
  SELECT e.stored_at FROM bus_events e WHERE e.seq = (SELECT min(seq) FROM bus_deliveries WHERE subscription = ?1 AND replayed_from IS NULL)
  UNION ALL SELECT stored_at FROM bus_deliveries WHERE subscription = ?1 AND replayed_from IS NOT NULL)`;
const newSql = `SELECT type, count(*) AS count, min(seq) AS oldest FROM bus_events WHERE priority = ?1 AND seq > ?2 GROUP BY type`;
const storedAtSql = 'SELECT stored_at FROM bus_events WHERE seq = ?';

/** How every subscription of the store stands. Costs a look at the index of what waits; no event is read but the oldest. */
export async function subscriptionStats(database: SqliteDatabase, now: number): Promise<readonly SubscriptionStats[]> {
  const rows = await database.read(subscriptionsSql);
  return Promise.all(rows.map((row) => statsOf(database, row, now)));
}

async function statsOf(database: SqliteDatabase, row: Row, now: number): Promise<SubscriptionStats> {
  const [group, pattern] = [String(row['group_name']), String(row['pattern'])];
  const begun = await begunOf(database, Number(row['id']), now);
  const fresh = await newOf(database, row, pattern);
  const oldest = Math.min(now, begun.oldestAt, fresh.oldestAt);
  const { running, delayed } = begun;
  return {
    group,
    pattern,
    waiting: begun.waiting + fresh.count,
    running,
    delayed,
    deadLetters: Number(row['dead_letters']),
    oldestAgeMs: now - oldest,
  };
}

async function begunOf(database: SqliteDatabase, subscription: number, now: number) {
  let [waiting, running, delayed] = [0, 0, 0];
  for (const { state, later, count } of await database.read(begunSql, [subscription, now])) {
    if (later === 0) waiting += Number(count);
    else if (state === 1) running += Number(count);
    else delayed += Number(count);
  }
  const [oldest] = await database.read(oldestBegunSql, [subscription]);
  return { waiting, running, delayed, oldestAt: Number(oldest?.['stored_at'] ?? Number.POSITIVE_INFINITY) };
}

async function newOf(database: SqliteDatabase, row: Row, pattern: string): Promise<{ readonly count: number; readonly oldestAt: number }> {
  const matches = compilePattern(pattern);
  let [count, oldestAt] = [0, Number.POSITIVE_INFINITY];
  for (const level of levels) {
    const types = await database.read(newSql, [level, Number(row[`position_${level}`])]);
    for (const { type, count: ofType, oldest } of types) {
      if (!matches(String(type))) continue;
      count += Number(ofType);
      const [event] = await database.read(storedAtSql, [Number(oldest)]);
      oldestAt = Math.min(oldestAt, Number(event?.['stored_at'] ?? Number.POSITIVE_INFINITY));
    }
  }
  return { count, oldestAt };
}
