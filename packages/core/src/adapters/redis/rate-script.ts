import { type RedisScript, redisScript } from './redis-script.ts';

/**
 * `missingAt` and `gives` of gcra.ts, by the server's clock and in one step. A bucket is "missing since", kept until it is full again.
 * A bucket whose time lies further ahead than it needs to fill was written before the clock was set back; it goes on from now, or it would wait for as long.
 * KEYS: the bucket. ARGV: tokens, refillRate, cost. Gives whether it was taken, and what is missing then.
 */
export const takeScript: RedisScript = redisScript(`
local tokens, rate, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local missing, since, wound = 0, now, false
local bucket = redis.call('GET', KEYS[1])
if bucket then
  local m, s = string.match(bucket, '^(%S+) (%S+)$')
  missing, since = tonumber(m), tonumber(s)
  wound = since > now + tokens * 1000 / rate
  if now > since then
    missing = math.max(0, missing - (now - since) * rate / 1000)
  end
  if now > since or wound then
    since = now
  end
end
local given = missing + cost <= tokens * (1 + 1e-9)
if given then
  missing = missing + cost
end
if missing > 0 and (wound or given and cost > 0) then
  local fullAgainMs = math.ceil(since - now + missing * 1000 / rate)
  redis.call('SET', KEYS[1], string.format('%.17g %.17g', missing, since), 'PX', string.format('%.0f', fullAgainMs))
end
return { given and 1 or 0, string.format('%.17g', missing) }
`);
