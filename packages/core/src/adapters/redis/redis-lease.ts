import { leaseOver } from '../../keyed/lease-over.ts';
import { checkOptions } from '../../options/check-options.ts';
import { objectWith } from '../../options/rules.ts';
import type { Lease } from '../../ports/lease.ts';
import { defaultRuntime, type Runtime } from '../../runtime/runtime.ts';
import type { RedisConnection } from './redis-connection.ts';
import { redisScript } from './redis-script.ts';

export interface RedisLeaseOptions {
  /** A connection of the caller's, who starts it before the first request and stops it after the last. */
  readonly connection: RedisConnection;
  readonly runtime?: Runtime;
}

/**
 * Fences are at least the server's time in microseconds: a server that has lost its counters goes on above all earlier ones,
 * unless its clock was set back meanwhile.
 */
const acquire = redisScript(`
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
local time = redis.call('TIME')
local fence = math.max(tonumber(redis.call('GET', KEYS[2]) or '0') + 1, time[1] * 1000000 + time[2])
redis.call('SET', KEYS[2], string.format('%.0f', fence))
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return string.format('%.0f', fence)
`);
const renew = redisScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`);
const release = redisScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`);

/**
 * Leases in Redis or Redis Cluster, counted by the server's clock. For each name two keys in one slot: the holder, which expires, under
 * `<keyPrefix>lease:{name}`, and the last fence, which does not, under `<keyPrefix>lease:{name}:fence`.
 *
 * A failover can lose a lease that was acknowledged, and then two hold it for a while (Kleppmann, "How to do distributed
 * locking", 2016): what is written under a lease must be fenced.
 */
export function redisLease(options: RedisLeaseOptions): Lease {
  const { connection, runtime = defaultRuntime } = checkOptions('redisLease', options, {
    required: { connection: objectWith('a RedisConnection', 'script', 'keyPrefix') },
    optional: { runtime: objectWith('a Runtime', 'clock', 'logger', 'random') },
  });
  // encoded, so that a brace in a name does not end the part that is hashed
  const key = (name: string): string => `${connection.keyPrefix}lease:{${encodeURIComponent(name)}}`;
  return leaseOver(
    {
      async acquire(name, owner, ttlMs) {
        const fence = await connection.script(acquire, [key(name), `${key(name)}:fence`], [owner, Math.ceil(ttlMs)]);
        return fence === null ? undefined : Number(String(fence));
      },
      async renew(name, owner, ttlMs) {
        return (await connection.script(renew, [key(name)], [owner, Math.ceil(ttlMs)])) === 1;
      },
      async release(name, owner) {
        await connection.script(release, [key(name)], [owner]);
      },
    },
    runtime,
  );
}
