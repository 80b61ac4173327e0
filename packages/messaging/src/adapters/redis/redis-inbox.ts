import { checkOptions, text } from '@tutti/core';
import {
  PlacedConnection,
  type RedisConnection,
  type RedisPlace,
  type RedisScript,
  redisDurability,
  redisPlaceRules,
  redisScript,
} from '@tutti/core/redis';
import type { Inbox } from '../../inbox/inbox.ts';
import { checkIdentities, type InboxLimits, inboxLimitRules, resolveInboxLimits } from '../../inbox/inbox-limits.ts';
import { notRunning } from './bus-store.ts';

export interface RedisInboxOptions extends RedisPlace, InboxLimits {
  /** Inboxes of different names share nothing. @defaultValue 'inbox' */
  readonly name?: string;
}

export const redisInboxDefaults = { keyPrefix: 'tutti:', commandTimeout: '2s', name: 'inbox', maxEvents: 100_000, maxAge: '7d' } as const;

/** ARGV: age, number, identities. Oldest first in one sorted set, by the server's clock. */
const rememberScript: RedisScript = redisScript(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
-- microseconds, one apart: of equal ones the set would drop any
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], string.format('%.0f', now + i), ARGV[i]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[1] * 1000))
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -(ARGV[2] + 1))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
`);
/** At most so many identities in one script. */
const batchSize = 1_000;

/**
 * Remembers in Redis or Redis Cluster, for any number of hosts; how safely is up to the settings of the server. One sorted set for each subscription,
 * ages by the server's clock, exact within `maxEvents` and `maxAge`.
 *
 * @example
 * ```ts
 * import { redisInbox } from '@tutti/messaging/redis';
 *
 * const inbox = redisInbox({ url: 'redis://127.0.0.1:6379', maxEvents: 1_000_000, maxAge: '7d' });
 * ```
 */
export function redisInbox(options: RedisInboxOptions): Inbox {
  const rules = { optional: { ...redisPlaceRules, ...inboxLimitRules, name: text } };
  const checked = checkOptions<RedisInboxOptions, typeof redisInboxDefaults>('redisInbox', options, rules, redisInboxDefaults);
  const { maxEvents, maxAgeMs } = resolveInboxLimits('redisInbox', checked);
  const place = new PlacedConnection('redisInbox', checked);
  const name = `redis inbox ${checked.name} on ${place.name}`;
  const keys = `${place.keyPrefix}inbox:${encodeURIComponent(checked.name)}:`;
  let users = 0;
  let opening: Promise<RedisConnection> | undefined;
  const running = (): Promise<RedisConnection> => {
    if (!opening) throw notRunning(name);
    return opening;
  };
  return {
    name,
    durable: true,
    transactional: false,
    async connect(runtime) {
      users++;
      opening ??= (async () => {
        const connection = await place.open(runtime);
        try {
          await redisDurability(connection.command, connection.name, 'Events');
        } catch (error) {
          await place.close(connection);
          throw error;
        }
        return connection;
      })();
      try {
        await opening;
      } catch (error) {
        users--;
        if (users === 0) opening = undefined;
        throw error;
      }
    },
    async close() {
      if (users === 0 || --users > 0) return;
      const closing = opening;
      opening = undefined;
      if (closing) await place.close(await closing);
    },
    async handled(subscription, identities) {
      const connection = await running();
      checkIdentities(subscription, identities);
      if (identities.length === 0) return [];
      const scores = (await connection.command('ZMSCORE', keys + subscription, ...identities)) as readonly unknown[];
      return scores.map((score) => score !== null);
    },
    async remember(subscription, identities) {
      const connection = await running();
      checkIdentities(subscription, identities);
      for (let at = 0; at < identities.length; at += batchSize)
        await connection.script(rememberScript, [keys + subscription], [maxAgeMs, maxEvents, ...identities.slice(at, at + batchSize)]);
    },
  };
}
