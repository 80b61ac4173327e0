import { checkOptions, coreError, type Duration, duration, durationMs, objectWith, type Runtime, text, wholeNumber } from '@tutti/core';
import { type RedisClient, type RedisConnection, redisConnection } from '@tutti/core/redis';
import type { EventTransport, SubscriptionStats } from '../transport/event-transport.ts';
import { Appender } from './redis/appender.ts';
import { keysOf } from './redis/bus-keys.ts';
import { BusStore, fieldOf, notRunning } from './redis/bus-store.ts';
import { redisDeadLetters } from './redis/dead-letters.ts';
import { RedisFeed } from './redis/feed.ts';
import { redisDurability } from './redis/redis-durability.ts';
import { forgetScript, statsScript } from './redis/store-scripts.ts';
import { type Retention, retentionLimits } from './retention.ts';

export interface RedisTransportOptions {
  /** One server: `redis://user:password@host:port/database`, or `rediss://`. This, `nodes`, `client` or `connection`. */
  readonly url?: string;
  /** Some nodes of a Redis Cluster, as URLs. */
  readonly nodes?: readonly string[];
  /** A client of the host's, which stays the host's; duplicates of it wait for events. */
  readonly client?: RedisClient;
  /** A connection of the caller's, who starts it before and stops it after the bus. Its `keyPrefix` counts. */
  readonly connection?: RedisConnection;
  /** Buses of different names share nothing. @defaultValue 'events' */
  readonly name?: string;
  /** Begins every key. @defaultValue 'tutti:' */
  readonly keyPrefix?: string;
  /** Looked at now and then while events are appended. @defaultValue 100,000 events, one day */
  readonly retention?: Retention;
  /** How many events may wait for the slowest subscription; beyond that, appending is refused with MESSAGING_BACKPRESSURE. Counted now and then. @defaultValue no limit but the server's memory */
  readonly maxBacklog?: number;
  /** How long an answer may take. @defaultValue '2s' */
  readonly commandTimeout?: Duration;
}

export const redisRetentionDefaults = { maxEvents: 100_000, maxAge: '1d' } as const;
export const redisTransportDefaults = {
  name: 'events',
  keyPrefix: 'tutti:',
  maxBacklog: Number.MAX_SAFE_INTEGER,
  commandTimeout: '2s',
} as const;

/**
 * Keeps events in a Redis server or cluster (7.0 or later) for any number of processes and hosts: three streams, one for each priority, and one consumer group on them for each
 * subscription. All keys of a bus lie in one slot. Leases and delays follow the server's clock only.
 *
 * What an acknowledgement is worth is up to the settings of the server: `connect` says it in words.
 *
 * @example
 * ```ts
 * import { EventBus } from '@tutti/messaging';
 * import { redisTransport } from '@tutti/messaging/redis';
 *
 * const bus = new EventBus({ events: {}, transport: redisTransport({ url: 'redis://127.0.0.1:6379' }) });
 * await bus.start();
 * await bus.stop();
 * ```
 */
export function redisTransport(options: RedisTransportOptions): EventTransport {
  const checked = checkOptions(
    'redisTransport',
    options,
    {
      optional: {
        url: text,
        nodes: objectWith('an array of URLs', 'length'),
        client: objectWith('an ioredis client', 'callBuffer', 'status', 'duplicate'),
        connection: objectWith('a RedisConnection', 'script', 'command', 'keyPrefix', 'reader'),
        name: text,
        keyPrefix: text,
        retention: objectWith('a Retention'),
        maxBacklog: wholeNumber({ min: 1 }),
        commandTimeout: duration,
      },
    },
    redisTransportDefaults,
  );
  const { url, nodes, client, connection: given, commandTimeout, maxBacklog } = checked;
  if ([url, nodes, client, given].filter((one) => one !== undefined).length !== 1)
    throw coreError('INVALID_OPTIONS', { path: 'redisTransport', problem: 'must have one of url, nodes, client and connection' });
  const retention = retentionLimits('redisTransport.retention', checked.retention, redisRetentionDefaults);
  const commandMs = durationMs(commandTimeout, 'redisTransport.commandTimeout');
  const keyPrefix = given?.keyPrefix ?? checked.keyPrefix;
  const connectionFor = (runtime?: Runtime): RedisConnection =>
    given ??
    redisConnection({
      ...(url !== undefined && { url }),
      ...(nodes && { nodes }),
      ...(client && { client }),
      keyPrefix,
      commandTimeout,
      eviction: 'accept', // looked at below, with everything else
      ...(runtime && { runtime }),
    });
  const name = `redis transport ${checked.name} on ${connectionFor().name}`;
  const feeds = new Set<RedisFeed>();
  let open: { readonly store: BusStore; readonly appender: Appender } | undefined;

  const opened = (): NonNullable<typeof open> => {
    if (!open) throw notRunning(name);
    return open;
  };
  return {
    name,
    capabilities: {
      durable: true,
      ordered: true,
      keyOrder: true,
      priority: true,
      history: true,
      deduplication: true,
      inbox: true,
      outbox: false,
      remote: true,
      direct: false,
    },
    deadLetters: redisDeadLetters(() => opened().store),
    async connect(runtime) {
      const connection = connectionFor(runtime);
      if (connection !== given) await connection.start();
      try {
        const store = new BusStore(connection, keysOf(keyPrefix, checked.name), runtime, commandMs);
        const durability = await redisDurability((command, ...args) => connection.command(command, ...args), connection.name);
        const appender = new Appender({ store, retention, maxBacklog, bus: name });
        await appender.begin();
        open = { store, appender };
        return durability;
      } catch (error) {
        if (connection !== given) await connection.stop();
        throw error;
      }
    },
    async close() {
      const closing = open;
      open = undefined;
      await Promise.all(Array.from(feeds, (feed) => feed.close()));
      if (closing && closing.store.connection !== given) await closing.store.connection.stop();
    },
    append: async (batch) => opened().appender.append(batch),
    async open(request) {
      const { store } = opened();
      const subscribed = await store.subscribe(request);
      const feed = new RedisFeed({ store, request, subscribed, onClose: (closed) => void feeds.delete(closed) });
      feeds.add(feed);
      return feed;
    },
    async forget(group, pattern) {
      await opened().store.run(forgetScript, [fieldOf(group, pattern)]);
    },
    async stats() {
      const rows = (await opened().store.run(statsScript, [])) as unknown as readonly (readonly [Buffer, Buffer, ...number[]])[];
      return rows.map(
        ([group, pattern, waiting = 0, running = 0, delayed = 0, deadLetters = 0, oldestAgeMs = 0]): SubscriptionStats => ({
          group: String(group),
          pattern: String(pattern),
          waiting,
          running,
          delayed,
          deadLetters,
          oldestAgeMs,
        }),
      );
    },
  };
}
