import { coreError } from '@tutti/core';
import type { SqliteDatabase } from '@tutti/core/sqlite';
import { messagingError } from '../../errors.ts';
import type { SubscriptionRequest } from '../../transport/event-transport.ts';
import { levels } from './outlook.ts';
import { inboxTable } from './settlement.ts';

const findSql = 'SELECT id, ordered FROM bus_subscriptions WHERE group_name = ? AND pattern = ?';
const subscribeSql = `INSERT INTO bus_subscriptions (group_name, pattern, ordered, ${levels.map((level) => `position_${level}`).join(', ')})
  SELECT ?1, ?2, ?3, at, at, at FROM (SELECT iif(?4 = 'beginning', 0, coalesce((SELECT max(seq) FROM bus_events), 0)) AS at) WHERE true
  ON CONFLICT DO NOTHING`;

/**
 * The row of a subscription, made when it is not there.
 * @throws MESSAGING_SUBSCRIPTION_MISMATCH
 */
export async function subscriptionId(database: SqliteDatabase, request: SubscriptionRequest): Promise<number> {
  const { group, pattern, from, ordered } = request;
  let [row] = await database.read(findSql, [group, pattern]);
  if (!row) {
    await database.write({
      name: 'bus.subscribe',
      statements: [{ sql: subscribeSql, values: [group, pattern, Number(ordered), from] }],
    });
    [row] = await database.read(findSql, [group, pattern]);
  }
  if (!row)
    throw coreError('STORE_UNAVAILABLE', { store: database.path, problem: `the subscription of ${group} was forgotten as it was made` });
  if (Boolean(row['ordered']) === ordered) return Number(row['id']);
  const problem = ordered ? 'it keeps no order of keys' : 'it keeps the order of keys';
  throw messagingError('MESSAGING_SUBSCRIPTION_MISMATCH', { group, pattern, problem });
}

/** Drops a subscription with all that waits for it and what it remembers. */
export async function forgetSubscription(database: SqliteDatabase, group: string, pattern: string): Promise<void> {
  const [row] = await database.read(findSql, [group, pattern]);
  if (!row) return;
  const id = Number(row['id']);
  await database.write({
    name: 'bus.forget',
    statements: [
      { sql: 'DELETE FROM bus_subscriptions WHERE id = ?', values: [id] },
      { sql: 'DELETE FROM bus_deliveries WHERE subscription = ?', values: [id] },
      ...inboxTable.forget(id),
    ],
  });
}
