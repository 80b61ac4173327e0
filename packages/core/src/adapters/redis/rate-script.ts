import { type RedisScript, redisScript } from './redis-script.ts';

/**
 * `missingAt` and `gives` of gcra.ts, by the server's clock and in one step. A bucket is "missing since", kept until it is full again.
 * KEYS: the bucket. ARGV: tokens, refillRate, cost. Gives whether it was taken, and what is missing then.
 */
export const takeScript: RedisScript = redisScript(`
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
`);
