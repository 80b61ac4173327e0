/**
 * What the scripts of a store share. The first line lets the server refuse a script before it does anything: when its memory is full, when it may not
 * write, when it has too few replicas.
 *
 * Keys, all behind `<keyPrefix>saga:{<name>}`: `s:<id>` is one saga (a hash), `due:<kind>` the sagas of one name and graph that can be claimed, by the time from
 * which they can, `live`, `done:completed` and `done:compensated` the ids by creation, `ended` those that are over by their end, `counts` how many there are,
 * `locks` who holds a business key, `wait:<key>` who waits for it, `asked:<worker>` what he has not been told yet, `out…` the outbox.
 */
export const writingLua = `#!lua
local K = KEYS[1]
local call = redis.call
local S = K .. ':s:'
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local rung = 0
local over = { completed = true, compensated = true }
local parked = { compensation_failed = true, stuck = true }
local function int(x) return string.format('%.0f', x) end
local function byCreation(at, id) return string.format('%018.3f', tonumber(at)) .. id end
local function count(status, kind, by)
  local field = status .. ' ' .. kind
  if call('HINCRBY', K .. ':counts', field, by) == 0 then call('HDEL', K .. ':counts', field) end
end
local function claimable(kind, id, from)
  call('ZADD', K .. ':due:' .. kind, int(math.max(now, from)), id)
  rung = 1
end
local function ring()
  if rung == 1 then call('PUBLISH', K .. ':bell', '') end
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
-- after the saga was given another status: all that hangs on it
local function moved(id, was, status)
  local saga = call('HMGET', S .. id, 'kind', 'at', 'key')
  local kind, key = saga[1], saga[3]
  if was ~= status then
    count(was, kind, -1)
    count(status, kind, 1)
    if was == 'queued' then call('LREM', K .. ':wait:' .. key, 1, id) end
  end
  if not (over[status] or parked[status]) then return kind end
  call('ZREM', K .. ':due:' .. kind, id)
  rung = 1
  if over[status] then
    local place = byCreation(saga[2], id)
    call('HSET', S .. id, 'end', int(now))
    call('ZREM', K .. ':live', place)
    call('ZADD', K .. ':done:' .. status, 0, place)
    call('ZADD', K .. ':ended', int(now), id)
    if key and call('HGET', K .. ':locks', key) == id then pass(key) end
  end
  return kind
end
`;

/** Of scripts that only look. */
export const readingLua = `#!lua flags=no-writes
local K = KEYS[1]
local call = redis.call
local S = K .. ':s:'
`;
