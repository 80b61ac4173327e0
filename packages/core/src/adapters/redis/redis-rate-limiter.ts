import { checkKey, checkTake } from '../../keyed/check-take.ts';
import { verdictOf } from '../../keyed/gcra.ts';
import { checkOptions } from '../../options/check-options.ts';
import { objectWith, text } from '../../options/rules.ts';
import type { RateLimiter } from '../../ports/rate-limiter.ts';
import type { RedisScript, RedisScripting } from './scripting.ts';

/**
 * `missingAt` and `gives` of gcra.ts, by the server's clock and in one step. A bucket is "missing since", kept until it is full again.
 * KEYS: the bucket. ARGV: tokens, refillRate, cost. Gives whether it was taken, and what is missing then.
 */
const take: RedisScript = {
  name: 'rate.take',
  lua: `
local tokens, rate, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local missing, since = 0, now
local bucket = redis.call('GET', KEYS[1])
if bucket then
  local m, s = string.match(bucket, '^(%S+) (%S+)$')
  missing, since = tonumber(m), tonumber(s)
  if now > since then
    missing = math.max(0, missing - (now - since) * rate / 1000)
    since = now
  end
end
if missing + cost > tokens * (1 + 1e-9) then
  return { 0, string.format('%.17g', missing) }
end
if cost > 0 then
  missing = missing + cost
  local fullAgainMs = math.ceil(since - now + missing * 1000 / rate)
  redis.call('SET', KEYS[1], string.format('%.17g %.17g', missing, since), 'PX', string.format('%.0f', fullAgainMs))
end
return { 1, string.format('%.17g', missing) }
`,
};

export interface RedisRateLimiterOptions {
  /** A connection of the caller's, who starts it before the first request and stops it after the last. */
  readonly connection: RedisScripting;
  /** Begins the name of every key. @defaultValue 'tutti:rate:' */
  readonly prefix?: string;
}

export const redisRateLimiterDefaults = { prefix: 'tutti:rate:' } as const;

/**
 * Buckets in Redis or Redis Cluster, for any number of hosts: strict, `errorBound` is 0, as long as the server keeps what it has acknowledged. A bucket that is lost
 * in a failover or restart is full again.
 *
 * A take is one script, so one atomic step, by the server's clock: those of the hosts do not matter. A bucket expires when it is full again.
 */
export function redisRateLimiter(options: RedisRateLimiterOptions): RateLimiter {
  const { connection, prefix } = checkOptions(
    'redisRateLimiter',
    options,
    { required: { connection: objectWith('a RedisConnection', 'run', 'subscribe') }, optional: { prefix: text } },
    redisRateLimiterDefaults,
  );
  return {
    errorBound: 0,
    async take(key, limit, cost = 1) {
      checkTake(key, limit, cost);
      checkKey(key);
      const [taken, missing] = (await connection.run(take, [prefix + key], [limit.tokens, limit.refillRate, cost])) as [number, string];
      return verdictOf(taken === 1, Number(missing), cost, limit);
    },
  };
}
