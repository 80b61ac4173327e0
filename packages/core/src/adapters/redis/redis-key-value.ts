import { checkBytes, checkName, checkTtl } from '../../keyed/check-entry.ts';
import { checkOptions } from '../../options/check-options.ts';
import { objectWith } from '../../options/rules.ts';
import type { KeyValue } from '../../ports/key-value.ts';
import type { RedisConnection } from './redis-connection.ts';

export interface RedisKeyValueOptions {
  /** A connection of the caller's, who starts it before the first request and stops it after the last. */
  readonly connection: RedisConnection;
}

/**
 * A map in Redis or Redis Cluster: each entry a string under `<keyPrefix>kv:<key>`, expired by the server. A write that was acknowledged is as
 * durable as the server's own persistence, and may be lost in a failover.
 */
export function redisKeyValue(options: RedisKeyValueOptions): KeyValue {
  const { connection } = checkOptions('redisKeyValue', options, {
    required: { connection: objectWith('a RedisConnection', 'command', 'keyPrefix') },
  });
  const where = (key: string): string => {
    checkName('key', key);
    return `${connection.keyPrefix}kv:${key}`;
  };
  const put = (key: string, value: Uint8Array, ttlMs: number, ...mode: readonly string[]): ReturnType<RedisConnection['command']> => {
    const name = where(key);
    checkBytes(value);
    checkTtl(ttlMs);
    return connection.command('SET', name, bytesOf(value), 'PX', Math.ceil(ttlMs), ...mode);
  };
  return {
    async get(key) {
      const value = await connection.command('GET', where(key));
      return value instanceof Uint8Array ? Uint8Array.from(value) : undefined;
    },
    async set(key, value, ttlMs) {
      await put(key, value, ttlMs);
    },
    async setIfAbsent(key, value, ttlMs) {
      return (await put(key, value, ttlMs, 'NX')) !== null;
    },
    async delete(key) {
      await connection.command('DEL', where(key));
    },
  };
}

/** ioredis knows Buffers only. The bytes are sent later, so they are copied now. */
const bytesOf = (value: Uint8Array): Buffer => Buffer.from(value);
