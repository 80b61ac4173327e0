import { never } from './saga-hash.ts';

/**
 * What the scripts of a store share. The first line lets the server refuse a script before it does anything: when its memory is full, when it may not
 * write, when it has too few replicas.
 *
 * Keys, all behind `<keyPrefix>saga:{<name>}`: `s:<id>` is one saga (a hash), `due:<kind>` the open sagas of one name and graph by the time from which they
 * can be claimed, `all`, `parked` and `compensated` places by creation, `ended` a list of those that are over as they ended, `counts` how many there are,
 * `locks` who holds a business key, `wait:<key>` who waits for it, `asked:<worker>` what he has not been told yet, `out…` the outbox.
 */
export const writingLua: string = `#!lua
local K = KEYS[1]
local call = redis.call
local S = K .. ':s:'
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local over = { completed = true, compensated = true }
local parked = { compensation_failed = true, stuck = true }
local never = ${never}
local rung, counts, added, removed, ended = 0, {}, {}, {}, {}
local function int(x) return string.format('%.0f', x) end
local function placeOf(createdAt, id) return string.format('%018.3f', tonumber(createdAt)) .. id end
-- the indexes are written when all else is: once for a whole batch. What is removed was added before, if in this batch
local function count(status, kind, by)
  local field = status .. ' ' .. kind
  counts[field] = (counts[field] or 0) + by
end
local function add(index, score, member)
  local list = added[index] or {}
  added[index] = list
  list[#list + 1] = score
  list[#list + 1] = member
end
local function remove(index, member)
  local list = removed[index] or {}
  removed[index] = list
  list[#list + 1] = member
end
local function apply(command, key, list)
  for i = 1, #list, 2000 do call(command, K .. key, unpack(list, i, math.min(i + 1999, #list))) end
end
local function conclude()
  for index, list in pairs(added) do apply('ZADD', index, list) end
  for index, list in pairs(removed) do apply('ZREM', index, list) end
  apply('RPUSH', ':ended', ended)
  for field, by in pairs(counts) do
    if by ~= 0 and call('HINCRBY', K .. ':counts', field, by) == 0 then call('HDEL', K .. ':counts', field) end
  end
  if rung == 1 then call('PUBLISH', K .. ':bell', '') end
end
local function claimable(kind, id, from)
  add(':due:' .. kind, math.max(now, from), id)
  rung = 1
end
-- the business key goes to the first that still waits for it
local function pass(key)
  while true do
    local id = call('LPOP', K .. ':wait:' .. key)
    if not id then
      call('HDEL', K .. ':locks', key)
      return
    end
    local next = call('HMGET', S .. id, 's', 'kind')
    if next[1] == 'queued' then
      call('HSET', K .. ':locks', key, id)
      call('HSET', S .. id, 's', 'running')
      count('queued', next[2], -1)
      count('running', next[2], 1)
      claimable(next[2], id, 0)
      return
    end
  end
end
-- a saga has another status: what hangs on it. One that was queued has left the line
local function moved(id, was, status, kind, createdAt, key)
  if was ~= status then
    count(was, kind, -1)
    count(status, kind, 1)
    if was == 'queued' then call('LREM', K .. ':wait:' .. key, 1, id) end
  end
  if parked[was] then remove(':parked', placeOf(createdAt, id)) end
  if over[status] then
    ended[#ended + 1] = id
    if status == 'compensated' then add(':compensated', 0, placeOf(createdAt, id)) end
    if key and call('HGET', K .. ':locks', key) == id then pass(key) end
  elseif parked[status] then
    add(':parked', 0, placeOf(createdAt, id))
  else
    return
  end
  remove(':due:' .. kind, id)
  rung = 1
end
`;

/** Of scripts that only look. */
export const readingLua = `#!lua flags=no-writes
local K = KEYS[1]
local call = redis.call
local S = K .. ':s:'
`;
