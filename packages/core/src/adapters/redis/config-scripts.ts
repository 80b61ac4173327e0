import { type RedisScript, redisScript } from './redis-script.ts';

/**
 * The entries of a key are a list, newest first, so that the n-th of it is n revisions back. An entry is four lines: revision, milliseconds since the
 * epoch, actor as JSON, value as JSON. Values are never parsed here: cjson makes an empty array an object.
 */
const writing = `
local newest = redis.call('LINDEX', KEYS[1], 0)
local current = newest and tonumber(string.match(newest, '^%d+')) or 0
local function write(actor, value, maxHistory, channel)
  local time = redis.call('TIME')
  local entry = string.format('%.0f\\n%.0f\\n', current + 1, time[1] * 1000 + math.floor(time[2] / 1000)) .. actor .. '\\n' .. value
  redis.call('LPUSH', KEYS[1], entry)
  redis.call('LTRIM', KEYS[1], 0, maxHistory - 1)
  redis.call('PUBLISH', channel, '')
  return entry
end
`;

/** ARGV: expected revision, actor, value, entries to keep, channel. Gives 1 and the entry, or 0 and the current revision. */
export const putScript: RedisScript = redisScript(`${writing}
if current ~= tonumber(ARGV[1]) then
  return { 0, string.format('%.0f', current) }
end
return { 1, write(ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]) }
`);

/** ARGV: revision, actor, entries to keep, channel. Gives the entry, or nothing when the revision is not in the list. */
export const rollbackScript: RedisScript = redisScript(`${writing}
local back = current - tonumber(ARGV[1])
local earlier = back >= 0 and redis.call('LINDEX', KEYS[1], back)
if not earlier then
  return false
end
return write(ARGV[2], string.match(earlier, '^[^\\n]*\\n[^\\n]*\\n[^\\n]*\\n(.*)$'), tonumber(ARGV[3]), ARGV[4])
`);

/** ARGV: how many entries. */
export const readScript: RedisScript = redisScript(`return redis.call('LRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1)`);
