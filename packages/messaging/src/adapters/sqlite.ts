import { checkOptions, coreError, objectWith, type Runtime, type Statement, text } from '@tutti/core';
import { type SqliteDatabase, sqliteDatabase } from '@tutti/core/sqlite';
import type { EncodedEvent } from '../transport/encoded-event.ts';
import type { Feed, SubscriptionRequest } from '../transport/event-transport.ts';
import type { OutboxTransport } from '../transport/outbox-transport.ts';
import { type Retention, retentionLimits } from './retention.ts';
import { sqliteDeadLetters } from './sqlite-dead-letters.ts';
import { SqliteFeed } from './sqlite-feed.ts';
import { busTables } from './sqlite-tables.ts';

export interface SqliteTransportOptions {
  /** The file, opened and closed by the transport. Several processes of one host may use it. */
  readonly path?: string;
  /** A database of the caller's, who starts it before and stops it after the bus. Either this or `path`. */
  readonly database?: SqliteDatabase;
  /** Looked at while events are appended. @defaultValue 100,000 events, one day */
  readonly retention?: Retention;
}

export const sqliteRetentionDefaults = { maxEvents: 100_000, maxAge: '1d' } as const;

/** Appended events between two trims. Each looks at several times as many, so that it keeps up. */
const trimEvery = 128;

const appendSql = 'INSERT INTO bus_events (source, id, type, stored_at, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (source, id) DO NOTHING';
/** Removes, of the oldest ?1 events, those that are too many or too old and that nobody waits for. */
const trimSql = `DELETE FROM bus_events WHERE seq IN (
  SELECT seq FROM (SELECT seq, stored_at FROM bus_events ORDER BY seq LIMIT ?1) e
  WHERE e.seq <= (SELECT coalesce(min(position), (SELECT max(seq) FROM bus_events)) FROM bus_subscriptions)
    AND (e.stored_at < ?2 OR e.seq <= (SELECT max(seq) FROM bus_events) - ?3)
    AND NOT EXISTS (SELECT 1 FROM bus_deliveries d WHERE d.seq = e.seq))`;
const subscribeSql = `INSERT INTO bus_subscriptions (group_name, pattern, position)
  VALUES (?, ?, CASE ? WHEN 'beginning' THEN 0 ELSE coalesce((SELECT max(seq) FROM bus_events), 0) END) ON CONFLICT DO NOTHING`;
const forgetSql = [
  'DELETE FROM bus_deliveries WHERE subscription = (SELECT id FROM bus_subscriptions WHERE group_name = ? AND pattern = ?)',
  'DELETE FROM bus_subscriptions WHERE group_name = ? AND pattern = ?',
];
const subscriptionSql = 'SELECT id FROM bus_subscriptions WHERE group_name = ? AND pattern = ?';

/**
 * Keeps events in an SQLite file for the processes of one host. What `append` acknowledged is on the disk. Leases and
 * delays follow the host's wall clock, which all its processes share; if it is set forward, leases end early, and fences
 * keep the outcomes right.
 */
export function sqliteTransport(options: SqliteTransportOptions): OutboxTransport {
  const {
    path,
    database: given,
    retention,
  } = checkOptions('sqliteTransport', options, {
    optional: {
      path: text,
      database: objectWith('a SqliteDatabase', 'write', 'read', 'migrate', 'onCommit'),
      retention: objectWith('a Retention'),
    },
  });
  if ((path === undefined) === (given === undefined))
    throw coreError('INVALID_OPTIONS', { path: 'sqliteTransport', problem: 'needs either path or database' });
  const limits = retentionLimits('sqliteTransport.retention', retention, sqliteRetentionDefaults);
  const place = path ?? given?.path;
  const name = `sqlite transport ${place}`;
  const inFile = place !== ':memory:';
  const feeds = new Set<Feed>();
  let own: SqliteDatabase | undefined;
  let connection: { readonly database: SqliteDatabase; readonly runtime: Runtime } | undefined;
  let appended = trimEvery;

  const connected = (): NonNullable<typeof connection> => {
    if (!connection) throw coreError('NOT_RUNNING', { component: name, state: 'closed' });
    return connection;
  };
  const epoch = (): number => Math.floor(connected().runtime.clock.epoch());
  const insert = ({ event, json }: EncodedEvent): Statement => ({
    sql: appendSql,
    values: [event.source, event.id, event.type, epoch(), json],
  });

  function trim(): Statement[] {
    if (appended < trimEvery) return [];
    const statement = { sql: trimSql, values: [appended * 4, epoch() - limits.maxAgeMs, limits.maxEvents] };
    appended = 0;
    return [statement];
  }
  async function subscriptionId(database: SqliteDatabase, { group, pattern, from }: SubscriptionRequest): Promise<number> {
    for (;;) {
      const [known] = await database.read(subscriptionSql, [group, pattern]);
      if (known) return Number(known['id']);
      await database.write({ name: 'bus.subscribe', statements: [{ sql: subscribeSql, values: [group, pattern, from] }] });
    }
  }
  return {
    name,
    capabilities: {
      durable: inFile,
      ordered: true,
      keyOrder: false,
      priority: false,
      history: true,
      deduplication: true,
      inbox: false,
      outbox: true,
      remote: false,
      direct: false,
    },
    deadLetters: sqliteDeadLetters(() => connected().database, epoch),
    async connect(runtime) {
      if (path !== undefined) {
        own = sqliteDatabase({ path, runtime });
        await own.start();
      }
      const database = (own ?? given) as SqliteDatabase;
      await database.migrate('messaging.bus', busTables);
      connection = { database, runtime };
      return { published: '', warnings: [] };
    },
    async stats() {
      return [];
    },
    async close() {
      connection = undefined;
      try {
        await Promise.all(Array.from(feeds, (feed) => feed.close()));
      } finally {
        await own?.stop();
        own = undefined;
      }
    },
    async append(batch) {
      const { database } = connected();
      appended += batch.length;
      const results = await database.write({ name: 'bus.append', statements: [...batch.map(insert), ...trim()] });
      return batch.map((_event, index) => results[index]?.changes === 0);
    },
    outbox(batch) {
      appended += batch.length;
      return [...batch.map(insert), ...trim()];
    },
    async open(request) {
      const { database, runtime } = connected();
      const subscription = await subscriptionId(database, request);
      const { pattern, leaseMs } = request;
      const feed = new SqliteFeed({
        database,
        runtime,
        subscription,
        pattern,
        leaseMs: Math.ceil(leaseMs),
        onClose: (closed) => feeds.delete(closed),
      });
      feeds.add(feed);
      return feed;
    },
    async forget(group, pattern) {
      const statements = forgetSql.map((sql) => ({ sql, values: [group, pattern] }));
      await connected().database.write({ name: 'bus.forget', statements });
    },
  };
}
