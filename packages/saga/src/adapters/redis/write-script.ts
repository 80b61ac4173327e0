import { type RedisScript, redisScript } from '@tutti/core/redis';
import { writingLua } from './saga-lua.ts';

/**
 * Creates and checkpoints in the order in which they come, each whole or not at all; one that fails lets the others be. As ARGV each is what `createArguments` and
 * `checkpointArguments` make of it. An ordinary checkpoint reads one hash and writes it, and touches nothing else.
 *
 * A checkpoint carries a number that rises with every call, so that one which lay in the network for a while cannot undo a later one. One that gives the saga
 * back leaves a word about itself: whoever repeats it, because the answer was lost, is recognised by it.
 *
 * Gives the time, whether anything happened that somebody here may care for, and of each: 1 when it was done, 0 when not (held by another, or the id is taken),
 * -1 when a later one was done before, of a business key that was not free whether it was done and who has the key, of a failure its message.
 */
export const writeScript: RedisScript = redisScript(`${writingLua}
local added = 0
local function addEvents(key, from, n)
  if n == 0 then return end
  added = 1
  local ids = {}
  for i = from, from + n * 2 - 1, 2 do ids[#ids + 1] = ARGV[i] end
  local all = table.concat(ids, '\\n')
  if call('HGET', key, 'ev') == all then return end
  call('HSET', key, 'ev', all)
  for i = from, from + n * 2 - 1, 2 do
    if call('HSETNX', K .. ':out:bodies', ARGV[i], ARGV[i + 1]) == 1 then call('ZADD', K .. ':out', call('INCR', K .. ':out:count'), ARGV[i]) end
  end
end
local function create(at, fields, nFields, nEvents)
  local id, holder, leaseMs, lock, lockKey, untilAt, kind, createdAt = unpack(ARGV, at + 3, at + 10)
  local key = S .. id
  if call('EXISTS', key) == 1 then return 0 end
  local status, lockedBy = 'running', false
  if lock ~= 'none' then
    lockedBy = call('HGET', K .. ':locks', lockKey)
    if lockedBy and lock == 'refuse' then return { 0, lockedBy } end
  end
  if lockedBy then status, holder = 'queued', '' end
  call('HSET', key, 's', status, 'h', holder == '' and '0 ' or holder, 'n', '0', unpack(ARGV, fields, fields + nFields - 1))
  call('ZADD', K .. ':live', 0, byCreation(createdAt, id))
  count(status, kind, 1)
  if lockedBy then
    call('RPUSH', K .. ':wait:' .. lockKey, id)
    if untilAt ~= '' then claimable(kind, id, tonumber(untilAt)) end
  else
    if lock ~= 'none' then call('HSET', K .. ':locks', lockKey, id) end
    if holder == '' then claimable(kind, id, 0) else call('ZADD', K .. ':due:' .. kind, int(now + leaseMs), id) end
  end
  addEvents(key, fields + nFields, nEvents)
  return lockedBy and { 1, lockedBy } or 1
end
local function checkpoint(at, fields, nFields, nEvents)
  local id, holder, number, status, release, word = unpack(ARGV, at + 3, at + 8)
  local key = S .. id
  local was = call('HMGET', key, 'h', 's', 'n', 'z')
  if was[1] ~= holder then return (word ~= '' and was[4] == word) and 1 or 0 end
  if tonumber(was[3]) > tonumber(number) then return -1 end
  if word == '' then
    call('HSET', key, 's', status, 'n', number, unpack(ARGV, fields, fields + nFields - 1))
    if was[2] ~= status then moved(id, was[2], status) end
  else
    call('HSET', key, 's', status, 'n', number, 'h', string.match(holder, '^%d+ '), 'z', word, unpack(ARGV, fields, fields + nFields - 1))
    local kind = moved(id, was[2], status)
    if release ~= '' then claimable(kind, id, tonumber(release)) end
  end
  addEvents(key, fields + nFields, nEvents)
  return 1
end
local does, heads = { c = create, k = checkpoint }, { c = 11, k = 9 }
local results, at = { 0, 0 }, 1
while at <= #ARGV do
  local what, nFields, nEvents = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local fields = at + heads[what]
  local ok, result = pcall(does[what], at, fields, nFields, nEvents)
  results[#results + 1] = ok and result or { -2, type(result) == 'table' and result.err or tostring(result) }
  at = fields + nFields + nEvents * 2
end
ring()
results[1], results[2] = int(now), math.max(rung, added)
return results
`);
