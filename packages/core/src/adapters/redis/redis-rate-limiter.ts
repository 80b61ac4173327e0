import { checkKey, checkTake } from '../../keyed/check-take.ts';
import { verdictOf } from '../../keyed/gcra.ts';
import { checkOptions } from '../../options/check-options.ts';
import { objectWith, text } from '../../options/rules.ts';
import type { RateLimiter } from '../../ports/rate-limiter.ts';
import { takeScript } from './rate-script.ts';
import type { RedisConnection } from './redis-connection.ts';

export interface RedisRateLimiterOptions {
  /** A connection of the caller's, who starts it before the first request and stops it after the last. */
  readonly connection: RedisConnection;
  /** Begins every key, after the prefix of the connection: limiters of different prefixes share nothing. @defaultValue 'rate:' */
  readonly prefix?: string;
}

export const redisRateLimiterDefaults = { prefix: 'rate:' } as const;

/**
 * Buckets in Redis or Redis Cluster, for any number of hosts: strict, `errorBound` is 0, as long as the server keeps what it has acknowledged. A bucket that is lost
 * in a failover or restart is full again.
 *
 * A take is one script, so one atomic step, by the server's clock: those of the hosts do not matter. A bucket expires when it is full again.
 *
 * @example
 * ```ts
 * import { redisConnection, redisRateLimiter } from '@tutti/core/redis';
 *
 * const connection = redisConnection({ url: 'redis://127.0.0.1:6379' });
 * await connection.start();
 * const limiter = redisRateLimiter({ connection });
 * console.log(await limiter.take('tenant:acme', { tokens: 1_000, refillRate: 200 }));
 * await connection.stop();
 * ```
 */
export function redisRateLimiter(options: RedisRateLimiterOptions): RateLimiter {
  const { connection, prefix } = checkOptions(
    'redisRateLimiter',
    options,
    { required: { connection: objectWith('a RedisConnection', 'script', 'keyPrefix') }, optional: { prefix: text } },
    redisRateLimiterDefaults,
  );
  const begin = `${connection.keyPrefix}${prefix}`;
  return {
    errorBound: 0,
    async take(key, limit, cost = 1) {
      checkTake(key, limit, cost);
      checkKey(key);
      const reply = await connection.script(takeScript, [begin + key], [limit.tokens, limit.refillRate, cost]);
      const [taken, missing] = reply as readonly [number, Buffer];
      return verdictOf(taken === 1, Number(missing), cost, limit);
    },
  };
}
