import { type RedisScript, redisScript } from '@tutti/core/redis';
import { endStatuses } from '../../store/saga-record.ts';
import { readingLua, writingLua } from './saga-lua.ts';

/** ARGV: id. Gives from when it can be claimed, where that is known, and its hash. */
export const loadScript: RedisScript = redisScript(`${readingLua}
local kind = call('HGET', S .. ARGV[1], 'kind')
if not kind then return false end
return { call('ZSCORE', K .. ':due:' .. kind, ARGV[1]) or '', call('HGETALL', S .. ARGV[1]) }
`);

/** What a list shows of a saga: place, id, from when it can be claimed, and fields. Nothing where it does not fit. */
const rowLua = `
local function row(id, status, kind, tenant)
  local saga = call('HMGET', S .. id, 's', 'kind', 'tenant', 'at', 'h', 'end', 'key')
  if not saga[1] or (status ~= '' and saga[1] ~= status) then return end
  if (kind ~= '' and string.sub(saga[2], 1, #kind) ~= kind) or (tenant ~= '' and saga[3] ~= tenant) then return end
  return { string.format('%018.3f', tonumber(saga[4])) .. id, id, call('ZSCORE', K .. ':due:' .. saga[2], id) or '', saga }
end
`;

/**
 * ARGV: status, beginning of the kind and tenant that are wanted (nothing for any), index, the place to go on after (nothing for the first), how many to look at.
 * Gives the last place that was looked at (nothing at the end), and the rows that fit.
 */
export const listScript: RedisScript = redisScript(`${readingLua}${rowLua}
local status, kind, tenant, index, after, look = unpack(ARGV)
local places = call('ZREVRANGEBYLEX', K .. ':' .. index, after == '' and '+' or '(' .. after, '-', 'LIMIT', 0, look)
local rows = {}
for _, place in ipairs(places) do rows[#rows + 1] = row(string.sub(place, 19), status, kind, tenant) end
return { #places == tonumber(look) and places[#places] or '', rows }
`);

/** ARGV: beginning of the kinds that are wanted. Gives the ids of all open sagas of those. */
export const openScript: RedisScript = redisScript(`${readingLua}
local ids, seen = {}, {}
for _, field in ipairs(call('HKEYS', K .. ':counts')) do
  local kind = string.match(field, ' (.*)$')
  if not seen[kind] and string.sub(kind, 1, #ARGV[1]) == ARGV[1] then
    seen[kind] = true
    for _, id in ipairs(call('ZRANGE', K .. ':due:' .. kind, 0, -1)) do ids[#ids + 1] = id end
  end
end
return ids
`);

/** ARGV: ids. Gives those of sagas that are over, parked, or not there. */
export const endedScript: RedisScript = redisScript(`${readingLua}
local ends = { ${endStatuses.map((status) => `['${status}'] = true`).join(', ')} }
local ended = {}
for _, id in ipairs(ARGV) do
  local status = call('HGET', S .. id, 's')
  if not status or ends[status] then ended[#ended + 1] = id end
end
return ended
`);

/** ARGV: status, kind and tenant, then ids. Gives the rows that fit. */
export const rowsScript: RedisScript = redisScript(`${readingLua}${rowLua}
local rows = {}
for i = 4, #ARGV do rows[#rows + 1] = row(ARGV[i], ARGV[1], ARGV[2], ARGV[3]) end
return rows
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
 * ARGV: id, the request as JSON, the status it opens the saga with (nothing for none), each status that allows it; one that is over never does. Gives whether others should look, and the status it had.
 * A request that waits for its answer and is made again is the same request: nobody said that it was kept.
 */
export const askScript: RedisScript = redisScript(`${writingLua}
local id, request, to = ARGV[1], ARGV[2], ARGV[3]
local key = S .. id
local saga = call('HMGET', key, 's', 'h', 'kind', 'a', 'q', 'at', 'key')
local status, kind = saga[1], saga[3]
if not status then return { 0, '' } end
local allowed = false
for i = 4, #ARGV do allowed = allowed or ARGV[i] == status end
if not allowed or over[status] then return { 0, status } end
local answered, requests = tonumber(saga[4] or '0'), tonumber(saga[5] or '0')
local known = false
for i = answered + 1, requests do known = known or call('HGET', key, 'q' .. i) == request end
local becomes = to == '' and status or to
call('HSET', key, 's', becomes)
if not known then call('HSET', key, 'q', requests + 1, 'q' .. (requests + 1), request) end
if becomes ~= status then moved(id, status, becomes, kind, saga[6], saga[7]) end
local owner = string.match(saga[2], '^%d+ (.*)$')
if owner ~= '' then
  call('SADD', K .. ':asked:' .. owner, id)
elseif not over[becomes] and not parked[becomes] then
  claimable(kind, id, 0)
end
rung = 1
conclude()
return { rung, status }
`);

/** ARGV: the time before which they were over, how many at most. Gives how many there were. */
export const forgetScript: RedisScript = redisScript(`${writingLua}
local forgotten = 0
for _, id in ipairs(call('LRANGE', K .. ':ended', 0, ARGV[2] - 1)) do
  local saga = call('HMGET', S .. id, 's', 'kind', 'at', 'end')
  if saga[1] and tonumber(saga[4]) >= tonumber(ARGV[1]) then break end
  forgotten = forgotten + 1
  if saga[1] then
    local place = placeOf(saga[3], id)
    remove(':all', place)
    if saga[1] == 'compensated' then remove(':compensated', place) end
    count(saga[1], saga[2], -1)
    call('UNLINK', S .. id)
  end
end
if forgotten > 0 then call('LPOP', K .. ':ended', forgotten) end
conclude()
return forgotten
`);
