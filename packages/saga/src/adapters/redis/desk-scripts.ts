import { type RedisScript, redisScript } from '@tutti/core/redis';
import { readingLua, writingLua } from './saga-lua.ts';

/** ARGV: id. Gives from when it can be claimed, where that is known, and its hash. */
export const loadScript: RedisScript = redisScript(`${readingLua}
local kind = call('HGET', S .. ARGV[1], 'kind')
if not kind then return false end
return { call('ZSCORE', K .. ':due:' .. kind, ARGV[1]) or '', call('HGETALL', S .. ARGV[1]) }
`);

/**
 * ARGV: the place to go on after (nothing for the first), how many to look at, status, beginning of the kind and tenant that are wanted (nothing for any), indexes.
 * Gives the last place that was looked at (nothing at the end), and of each saga that fits: place, id, from when it can be claimed, and what a list shows.
 */
export const listScript: RedisScript = redisScript(`${readingLua}
local after, look, status, kind, tenant = unpack(ARGV, 1, 5)
look = tonumber(look)
local places = {}
for i = 6, #ARGV do
  for _, place in ipairs(call('ZREVRANGEBYLEX', K .. ':' .. ARGV[i], after == '' and '+' or '(' .. after, '-', 'LIMIT', 0, look)) do
    places[#places + 1] = place
  end
end
table.sort(places, function(a, b) return a > b end)
local rows = {}
for i = 1, math.min(look, #places) do
  local id = string.sub(places[i], 19)
  local saga = call('HMGET', S .. id, 's', 'kind', 'tenant', 'at', 'h', 'end', 'key')
  if saga[1] and (status == '' or saga[1] == status) and (kind == '' or string.sub(saga[2], 1, #kind) == kind) and (tenant == '' or saga[3] == tenant) then
    rows[#rows + 1] = { places[i], id, call('ZSCORE', K .. ':due:' .. saga[2], id) or '', saga }
  end
end
return { #places >= look and places[look] or '', rows }
`);

/** Gives the time the oldest has waited, the events in the outbox, and how many sagas there are of each status and kind. */
export const statsScript: RedisScript = redisScript(`${readingLua}
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local counts = call('HGETALL', K .. ':counts')
local oldest = 0
for i = 1, #counts, 2 do
  local first = call('ZRANGE', K .. ':due:' .. string.match(counts[i], ' (.*)$'), 0, 0, 'WITHSCORES')
  if first[2] then oldest = math.max(oldest, now - tonumber(first[2])) end
end
return { string.format('%.0f', oldest), call('ZCARD', K .. ':out'), counts }
`);

/**
 * ARGV: id, the request as JSON, the status it opens the saga with (nothing for none), each status that allows it. Gives whether others should look, and the status it had.
 * A request that waits for its answer and is made again is the same request: nobody said that it was kept.
 */
export const askScript: RedisScript = redisScript(`${writingLua}
local id, request, to = ARGV[1], ARGV[2], ARGV[3]
local key = S .. id
local saga = call('HMGET', key, 's', 'h', 'kind', 'a', 'q')
local status, kind = saga[1], saga[3]
if not status then return { 0, '' } end
local allowed = false
for i = 4, #ARGV do allowed = allowed or ARGV[i] == status end
if not allowed then return { 0, status } end
local answered, requests = tonumber(saga[4] or '0'), tonumber(saga[5] or '0')
local known = false
for i = answered + 1, requests do known = known or call('HGET', key, 'q' .. i) == request end
local becomes = to == '' and status or to
call('HSET', key, 's', becomes)
if not known then call('HSET', key, 'q', requests + 1, 'q' .. (requests + 1), request) end
if becomes ~= status then moved(id, status, becomes) end
local owner = string.match(saga[2], '^%d+ (.*)$')
if owner ~= '' then
  call('SADD', K .. ':asked:' .. owner, id)
elseif not over[becomes] and not parked[becomes] then
  claimable(kind, id, 0)
end
rung = 1
ring()
return { rung, status }
`);

/** ARGV: the time before which they were over, how many at most. */
export const forgetScript: RedisScript = redisScript(`${writingLua}
local ids = call('ZRANGEBYSCORE', K .. ':ended', '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
for _, id in ipairs(ids) do
  local saga = call('HMGET', S .. id, 's', 'kind', 'at')
  if saga[1] then
    call('ZREM', K .. ':done:' .. saga[1], byCreation(saga[3], id))
    count(saga[1], saga[2], -1)
  end
  call('UNLINK', S .. id)
  call('ZREM', K .. ':ended', id)
end
return #ids
`);
