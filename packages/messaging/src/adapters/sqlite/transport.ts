import { checkOptions, coreError, objectWith, type Runtime, TuttiError } from '@tutti/core';
import { PlacedDatabase, type SqliteDatabase, type SqlitePlace, sqliteDurability, sqlitePlaceRules } from '@tutti/core/sqlite';
import { messagingError } from '../../errors.ts';
import type { Feed } from '../../transport/event-transport.ts';
import type { OutboxTransport } from '../../transport/outbox-transport.ts';
import { type Retention, retentionLimits } from '../retention.ts';
import { appending } from './append.ts';
import { sqliteDeadLetters } from './dead-letters.ts';
import { SqliteFeed } from './feed.ts';
import { subscriptionStats } from './stats.ts';
import { forgetSubscription, subscriptionId } from './subscriptions.ts';
import { busTables } from './tables.ts';
import { Trimming } from './trimming.ts';

export interface SqliteTransportOptions extends SqlitePlace {
  /** Looked at while events are appended. @defaultValue 100,000 events, one day */
  readonly retention?: Retention;
}

export const sqliteRetentionDefaults = { maxEvents: 100_000, maxAge: '1d' } as const;

/** The writer takes on no more: whoever publishes is told in the words of the bus. */
function asBackpressure(error: unknown): never {
  if (!TuttiError.is(error, 'OVERLOADED')) throw error;
  throw messagingError('MESSAGING_BACKPRESSURE', { bus: 'sqlite transport', problem: error.message }, { cause: error });
}

/**
 * Keeps events in an SQLite file for the processes of one host. What `append` acknowledged is on the disk. Leases and
 * delays follow the host's wall clock, which all its processes share; if it is set forward, leases end early, and fences
 * keep the outcomes right.
 */
export function sqliteTransport(options: SqliteTransportOptions): OutboxTransport {
  const { retention, ...placed } = checkOptions('sqliteTransport', options, {
    optional: { ...sqlitePlaceRules, retention: objectWith('a Retention') },
  });
  const limits = retentionLimits('sqliteTransport.retention', retention, sqliteRetentionDefaults);
  const place = new PlacedDatabase('sqliteTransport', placed);
  const name = `sqlite transport ${place.path}`;
  const feeds = new Set<Feed>();
  let connection: { readonly database: SqliteDatabase; readonly runtime: Runtime } | undefined;
  const trimming = new Trimming(limits);

  const connected = (): NonNullable<typeof connection> => {
    if (!connection) throw coreError('NOT_RUNNING', { component: name, state: 'closed' });
    return connection;
  };
  const epoch = (): number => Math.floor(connected().runtime.clock.epoch());
  return {
    name,
    capabilities: {
      durable: !place.isInMemory,
      ordered: true,
      keyOrder: true,
      priority: true,
      history: true,
      deduplication: true,
      inbox: true,
      outbox: true,
      remote: false,
      direct: false,
    },
    deadLetters: sqliteDeadLetters(() => connected().database, epoch),
    async connect(runtime) {
      const database = await place.open(runtime);
      await database.migrate('messaging.bus', busTables);
      connection = { database, runtime };
      return sqliteDurability(database, 'Events');
    },
    async stats() {
      return subscriptionStats(connected().database, epoch());
    },
    async close() {
      connection = undefined;
      try {
        await Promise.all(Array.from(feeds, (feed) => feed.close()));
        await trimming.idle();
      } finally {
        await place.close();
      }
    },
    async append(batch) {
      const { database } = connected();
      const now = epoch();
      const { statements, duplicates } = appending(batch, now);
      const results = await database.write({ name: 'bus.append', statements }).catch(asBackpressure);
      trimming.note(batch.length, database, now);
      return duplicates(results);
    },
    outbox(batch) {
      trimming.note(batch.length, connected().database, epoch());
      return appending(batch, epoch()).statements;
    },
    async open(request) {
      const { database, runtime } = connected();
      const subscription = await subscriptionId(database, request);
      const { pattern, leaseMs, ordered, inbox } = request;
      const feed = new SqliteFeed({
        database,
        runtime,
        subscription,
        pattern,
        leaseMs: Math.ceil(leaseMs),
        ordered,
        inbox,
        onClose: (closed) => feeds.delete(closed),
      });
      feeds.add(feed);
      return feed;
    },
    async forget(group, pattern) {
      await forgetSubscription(connected().database, group, pattern);
    },
  };
}
