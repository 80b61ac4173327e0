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
local heard = 0
local function addEvents(key, from, n)
  if n == 0 then return end
  heard = 1
  local ids = {}
  for i = from, from + n * 2 - 1, 2 do ids[#ids + 1] = ARGV[i] end
  local all = table.concat(ids, '\\n')
  if call('HGET', key, 'ev') == all then return end
  call('HSET', key, 'ev', all)
  for i = from, from + n * 2 - 1, 2 do
    if call('HSETNX', K .. ':out:bodies', ARGV[i], ARGV[i + 1]) == 1 then add(':out', call('INCR', K .. ':out:count'), ARGV[i]) end
  end
end
local function create(at, fields, nFields, nEvents)
  local id, holder, leaseMs, lock, lockKey, untilAt, kind, place = unpack(ARGV, at + 3, at + 10)
  local key = S .. id
  if call('EXISTS', key) == 1 then return 0 end
  local status, lockedBy = 'running', false
  if lock ~= 'none' then
    lockedBy = call('HGET', K .. ':locks', lockKey)
    if lockedBy and lock == 'refuse' then return { 0, lockedBy } end
  end
  if lockedBy then status, holder = 'queued', '' end
  call('HSET', key, 's', status, 'h', holder == '' and '0 ' or holder, 'n', '0', unpack(ARGV, fields, fields + nFields - 1))
  add(':all', 0, place)
  count(status, kind, 1)
  if lockedBy then
    call('RPUSH', K .. ':wait:' .. lockKey, id)
    claimable(kind, id, tonumber(untilAt))
  else
    if lock ~= 'none' then call('HSET', K .. ':locks', lockKey, id) end
    if holder == '' then claimable(kind, id, 0) else add(':due:' .. kind, now + leaseMs, id) end
  end
  addEvents(key, fields + nFields, nEvents)
  return lockedBy and { 1, lockedBy } or 1
end
local function goesOn(key, at, fields, nFields)
  local id, holder, number, status = unpack(ARGV, at + 3, at + 6)
  local saga = call('HMGET', key, 'h', 'n', 's')
  if saga[1] ~= holder then return 0 end
  if tonumber(saga[2]) > tonumber(number) then return -1 end
  call('HSET', key, 's', status, 'n', number, unpack(ARGV, fields, fields + nFields - 1))
  if saga[3] ~= status then moved(id, saga[3], status, unpack(call('HMGET', key, 'kind', 'at', 'key'))) end
  return 1
end
local function givesBack(key, at, fields, nFields)
  local id, holder, number, status, release, word = unpack(ARGV, at + 3, at + 8)
  local saga = call('HMGET', key, 'h', 'n', 's', 'kind', 'at', 'key', 'z')
  if saga[1] ~= holder then return saga[7] == word and 1 or 0 end
  if tonumber(saga[2]) > tonumber(number) then return -1 end
  local free = string.match(holder, '^%d+ ')
  if over[status] then
    call('HSET', key, 's', status, 'n', number, 'h', free, 'z', word, 'end', int(now), unpack(ARGV, fields, fields + nFields - 1))
  else
    call('HSET', key, 's', status, 'n', number, 'h', free, 'z', word, unpack(ARGV, fields, fields + nFields - 1))
  end
  moved(id, saga[3], status, saga[4], saga[5], saga[6])
  if release == '' then return 1 end
  local from = tonumber(release)
  if from > now then
    local asks = call('HMGET', key, 'a', 'q')
    if tonumber(asks[2] or '0') > tonumber(asks[1] or '0') then from = 0 end -- who asked does not wait for it to wake up
  end
  claimable(saga[4], id, from)
  return 1
end
local function checkpoint(at, fields, nFields, nEvents)
  local key = S .. ARGV[at + 3]
  local write = ARGV[at + 8] == '' and goesOn or givesBack
  local done = write(key, at, fields, nFields)
  if done == 1 then addEvents(key, fields + nFields, nEvents) end
  return done
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
conclude()
results[1], results[2] = int(now), math.max(rung, heard)
return results
`);
