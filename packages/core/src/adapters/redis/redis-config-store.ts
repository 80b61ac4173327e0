import {
  type ConfigLimits,
  checkConfigArguments,
  configEntry,
  configLimitsRules,
  conflict,
  notInHistory,
} from '../../keyed/config-entries.ts';
import { followConfig } from '../../keyed/config-follower.ts';
import { jsonOf } from '../../keyed/json-value.ts';
import { checkOptions } from '../../options/check-options.ts';
import { type Duration, durationMs } from '../../options/duration.ts';
import { duration, objectWith, text } from '../../options/rules.ts';
import type { ConfigEntry, ConfigStore } from '../../ports/config-store.ts';
import { defaultRuntime, type Runtime } from '../../runtime/runtime.ts';
import { putScript, readScript, rollbackScript } from './config-scripts.ts';
import type { RedisConnection } from './redis-connection.ts';

export interface RedisConfigStoreOptions extends ConfigLimits {
  /** A connection of the caller's, who starts it before the store is used and stops it after. */
  readonly connection: RedisConnection;
  /** Begins every key and the channel, after the prefix of the connection: stores of different prefixes share nothing. @defaultValue 'config:' */
  readonly prefix?: string;
  /** How often watched keys are read without a message: what a lost one costs at most. @defaultValue '15s' */
  readonly lookEvery?: Duration;
  readonly runtime?: Runtime;
}

export const redisConfigStoreDefaults = { maxHistory: 100, maxValueBytes: 65_536, prefix: 'config:', lookEvery: '15s' } as const;

/**
 * Configuration in Redis or Redis Cluster, for any number of hosts. An entry is as durable when `put` resolves as the server's persistence makes it: with
 * `appendfsync always` it survives a crash of the server, with `everysec` up to a second may be lost, and a failover may lose what the replica had not heard of.
 * Times are the server's.
 *
 * Each write rings over pub/sub. A message that is lost is made up for by reading the watched keys now and then, and after each reconnection.
 *
 * @example
 * ```ts
 * import { redisConfigStore, redisConnection } from '@tutti/core/redis';
 *
 * const connection = redisConnection({ url: 'redis://127.0.0.1:6379' });
 * await connection.start();
 * const config = redisConfigStore({ connection });
 * const off = config.watch('mail', ({ value }) => console.log(value));
 * await config.put('mail', { paused: true }, 0, 'ada');
 * off();
 * await connection.stop();
 * ```
 */
export function redisConfigStore(options: RedisConfigStoreOptions): ConfigStore {
  const {
    connection,
    prefix,
    maxHistory,
    maxValueBytes,
    lookEvery,
    runtime = defaultRuntime,
  } = checkOptions(
    'redisConfigStore',
    options,
    {
      required: { connection: objectWith('a RedisConnection', 'script', 'keyPrefix', 'subscribe', 'onReady') },
      optional: {
        ...configLimitsRules,
        prefix: text,
        lookEvery: duration,
        runtime: objectWith('a Runtime', 'clock', 'logger', 'random'),
      },
    },
    redisConfigStoreDefaults,
  );
  const begin = `${connection.keyPrefix}${prefix}`;
  const channel = `${begin}written`;

  async function newest(key: string, count: number): Promise<ConfigEntry[]> {
    const texts = (await connection.script(readScript, [keyOf(key)], [count])) as readonly Buffer[];
    return texts.map((text) => entryOf(key, text));
  }
  return {
    async get(key) {
      checkConfigArguments({ key });
      return (await newest(key, 1))[0];
    },
    async put(key, value, expectedRevision, actor) {
      checkConfigArguments({ key, expectedRevision, actor });
      const json = jsonOf(value, maxValueBytes);
      const args = [expectedRevision, JSON.stringify(actor), json, maxHistory, channel];
      const [written, answer] = (await connection.script(putScript, [keyOf(key)], args)) as readonly [number, Buffer];
      if (written === 0) throw conflict(key, expectedRevision, Number(answer));
      return entryOf(key, answer);
    },
    async history(key, limit) {
      checkConfigArguments({ key, limit });
      return newest(key, limit);
    },
    async rollback(key, toRevision, actor) {
      checkConfigArguments({ key, toRevision, actor });
      const args = [toRevision, JSON.stringify(actor), maxHistory, channel];
      const answer = (await connection.script(rollbackScript, [keyOf(key)], args)) as Buffer | null;
      if (answer === null) throw notInHistory(key, toRevision);
      return entryOf(key, answer);
    },
    watch: followConfig(
      {
        name: `configuration in Redis under ${begin}`,
        lookEveryMs: durationMs(lookEvery, 'redisConfigStore.lookEvery'),
        async newer(revisions) {
          const current = await Promise.all(Object.keys(revisions).map((key) => newest(key, 1)));
          return current.flat();
        },
        onRing(ring) {
          const offs = [connection.subscribe(channel, ring), connection.onReady(ring)];
          return () => {
            for (const off of offs) off();
          };
        },
      },
      runtime,
    ),
  };

  /** The channel is no key, but nobody should have to know that. */
  function keyOf(key: string): string {
    return `${begin}of:${key}`;
  }
}

/** Four lines: revision, time, actor and value, the last two as JSON, which has no line breaks of its own. */
function entryOf(key: string, text: Buffer): ConfigEntry {
  const [revision, changedAt, actor = '', json = ''] = text.toString().split('\n');
  return configEntry(key, Number(revision), json, JSON.parse(actor), Number(changedAt));
}
