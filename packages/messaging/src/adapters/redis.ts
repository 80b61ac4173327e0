import { checkOptions, objectWith, text, wholeNumber } from '@tutti/core';
import { PlacedConnection, type RedisPlace, redisDurability, redisPlaceDefaults, redisPlaceRules } from '@tutti/core/redis';
import type { EventTransport, SubscriptionStats } from '../transport/event-transport.ts';
import { Appender } from './redis/appender.ts';
import { keysOf } from './redis/bus-keys.ts';
import { BusStore, fieldOf, notRunning } from './redis/bus-store.ts';
import { redisDeadLetters } from './redis/dead-letters.ts';
import { RedisFeed } from './redis/feed.ts';
import { forgetScript, statsScript } from './redis/subscription-scripts.ts';
import { type Retention, retentionLimits } from './retention.ts';

export type { RedisPlace } from '@tutti/core/redis';
export { type RedisInboxOptions, redisInbox, redisInboxDefaults } from './redis/redis-inbox.ts';

export interface RedisTransportOptions extends RedisPlace {
  /** Buses of different names share nothing. @defaultValue 'events' */
  readonly name?: string;
  /** Looked at now and then while events are appended. @defaultValue 100,000 events, one day */
  readonly retention?: Retention;
  /**
   * How many events may wait for the slowest subscription; beyond that, appending is refused with MESSAGING_BACKPRESSURE. Counted now and then, so several publishers
   * may go beyond it for a moment. @defaultValue no limit but the server's memory
   */
  readonly maxBacklog?: number;
}

export const redisRetentionDefaults = { maxEvents: 100_000, maxAge: '1d' } as const;
const defaults = { ...redisPlaceDefaults, name: 'events', maxBacklog: Number.MAX_SAFE_INTEGER };
export const redisTransportDefaults: typeof redisPlaceDefaults & { readonly name: string } = { ...redisPlaceDefaults, name: defaults.name };

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
  const rules = {
    optional: { ...redisPlaceRules, name: text, retention: objectWith('a Retention'), maxBacklog: wholeNumber({ min: 1 }) },
  };
  const checked = checkOptions<RedisTransportOptions, typeof defaults>('redisTransport', options, rules, defaults);
  const retention = retentionLimits('redisTransport.retention', checked.retention, redisRetentionDefaults);
  const place = new PlacedConnection('redisTransport', checked);
  const name = `redis transport ${checked.name} on ${place.name}`;
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
      const connection = await place.open(runtime);
      try {
        const { acknowledged, warnings } = await redisDurability(connection.command, connection.name, 'Events');
        const store = new BusStore(connection, keysOf(place.keyPrefix, checked.name), runtime, place.commandMs);
        const appender = new Appender({ store, retention, maxBacklog: checked.maxBacklog, bus: name });
        await appender.begin();
        open = { store, appender };
        return { acknowledged, warnings };
      } catch (error) {
        await place.close(connection);
        throw error;
      }
    },
    async close() {
      const closing = open;
      open = undefined;
      await Promise.all(Array.from(feeds, (feed) => feed.close()));
      if (closing) await place.close(closing.store.connection);
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
