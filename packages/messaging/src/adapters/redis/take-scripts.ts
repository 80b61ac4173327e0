import { type RedisScript, redisScript } from '@tutti/core/redis';
import { deliveryLua } from './delivery-lua.ts';

const selecting = `
-- of ten turns one belongs to each of the lower levels; what a level does not use goes to the highest that has some
local function share(n, turn, read)
  local function turns(of) return math.floor((turn + n + 10 - of) / 10) - math.floor((turn + 10 - of) / 10) end
  local normal, low = turns(4), turns(9)
  local want = { n - normal - low, normal, low }
  local left, open = n, {}
  for level = 0, 2 do
    local got = want[level + 1] > 0 and read(level, want[level + 1]) or 0
    left = left - got
    open[level] = got == want[level + 1]
  end
  for level = 0, 2 do
    if left > 0 and open[level] then left = left - read(level, left) end
  end
end
local matches = ARGV[6]
local scanned, more = 0, 0
-- new events of one level for a consumer, at most n; those that do not match are done with
local function readNew(level, n, consumer, give)
  local stream, got = K .. ':' .. level, 0
  while got < n do
    if scanned >= 1000 then
      more = 1
      return got
    end
    local reply = call('XREADGROUP', 'GROUP', sid, consumer, 'COUNT', n - got, 'STREAMS', stream, '>')
    if not reply then return got end
    local entries = reply[1][2]
    if matches == '' then
      give(level, entries)
      return got + #entries
    end
    local wanted, others = {}, {}
    for _, entry in ipairs(entries) do
      if string.find((parts(entry[2])), matches) then wanted[#wanted + 1] = entry else others[#others + 1] = entry[1] end
    end
    if #others > 0 then call('XACK', stream, sid, unpack(others)) end
    if #wanted > 0 then give(level, wanted) end
    got, scanned = got + #wanted, scanned + #entries
  end
  return got
end
for i = 8, #ARGV do call('XACK', S .. 'bell', sid, ARGV[i]) end
local n, turn, lease = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local handed, soonest = {}, -1
`;

/**
 * ARGV: at most, turn, lease, pattern, whether to look for lost deliveries, rings heard. Gives whether there may be more at once, milliseconds
 * until something is due, how many entries were looked at, what is due again, and new entries by level.
 */
export const takeScript: RedisScript = redisScript(`${deliveryLua}${selecting}
if ARGV[7] == '1' then
  for _, ref in ipairs(call('ZRANGEBYSCORE', S .. 'held', '-inf', int(now), 'LIMIT', 0, 1000)) do
    local i = info(ref)
    call('ZREM', S .. 'held', ref)
    if i then
      i.taken = '1'
      keep(ref, i)
      call('ZADD', S .. 'due', int(now), ref)
    end
  end
  for level = 0, 2 do
    for _, p in ipairs(call('XPENDING', K .. ':' .. level, sid, 'IDLE', int(lease), '-', '+', 200)) do
      local ref = level .. ':' .. p[1]
      -- a consumer's name begins with the lease it asked for
      if p[3] >= tonumber(string.match(p[2], '^%d+') or 0) and uproot(ref) then
        local i = fresh('')
        i.attempts, i.taken = 1, '1'
        call('HSET', S .. 'lost', p[2], int(now))
        keep(ref, i)
        call('ZADD', S .. 'due', int(now), ref)
      end
    end
  end
end
for _, ref in ipairs(call('ZRANGEBYSCORE', S .. 'due', '-inf', int(now), 'LIMIT', 0, n)) do
  local i, body = info(ref), bodyOf(ref)
  call('ZREM', S .. 'due', ref)
  if i and body then
    i.fence, i.attempts = nextFence(), i.attempts + 1
    keep(ref, i)
    call('ZADD', S .. 'held', int(now + lease), ref)
    call('HSET', S .. 'by', ref, me)
    handed[#handed + 1] = { ref, i.fence, body, i.attempts, i.taken, i.replayed }
  end
end
local found = { {}, {}, {} }
share(math.max(0, n - #handed), turn + #handed, function(level, count)
  return readNew(level, count, me, function(at, entries) table.insert(found[at + 1], entries) end)
end)
for _, name in ipairs({ 'due', 'held' }) do
  local first = call('ZRANGE', S .. name, 0, 0, 'WITHSCORES')[2]
  if first and (soonest < 0 or tonumber(first) - now < soonest) then soonest = math.max(0, tonumber(first) - now) end
end
return { more, soonest, scanned, handed, found[1], found[2], found[3] }
`);

/** As `takeScript`, for a subscription that keeps the order of keys: its events wait in line by level, each lane in the hands of one consumer at a time. */
export const takeOrderedScript: RedisScript = redisScript(`${deliveryLua}${selecting}
for _, consumer in ipairs(call('ZRANGEBYSCORE', S .. 'm', '-inf', int(now))) do
  for _, ref in ipairs(call('SMEMBERS', S .. 'mine:' .. consumer)) do
    local i = info(ref)
    if i then
      letGo(consumer, ref, i)
      i.taken = '1'
      keep(ref, i)
      lineUp(ref, i)
    end
  end
  call('DEL', S .. 'mine:' .. consumer)
  call('ZREM', S .. 'm', consumer)
end
call('ZADD', S .. 'm', int(now + lease), me)
for level = 0, 2 do
  local room = math.min(1000 - call('ZCARD', S .. 'w' .. level), math.max(n, 100))
  if room > 0 then
    readNew(level, room, '-', function(at, entries)
      for _, entry in ipairs(entries) do
        local _, _, lane = parts(entry[2])
        local ref = at .. ':' .. entry[1]
        call('ZADD', S .. 'w' .. at, position(ref), ref .. '/' .. lane)
      end
    end)
  end
end
local function hand(ref, lane)
  local i, body = info(ref) or fresh(lane), bodyOf(ref)
  if not body then return false end
  i.fence, i.attempts = nextFence(), i.attempts + 1
  keep(ref, i)
  call('SADD', S .. 'mine:' .. me, ref)
  if lane ~= '' then
    call('HSET', S .. 'own', lane, me)
    call('HINCRBY', S .. 'cnt', lane, 1)
  end
  handed[#handed + 1] = { ref, i.fence, body, i.attempts, i.taken, i.replayed }
  return true
end
share(n, turn, function(level, count)
  local line, at, got = S .. 'w' .. level, 0, 0
  while got < count do
    local members = call('ZRANGE', line, at, at + count + 63)
    if #members == 0 then return got end
    local gone = {}
    for _, member in ipairs(members) do
      if got == count then break end
      local ref, lane = string.match(member, '^([^/]+)/(.*)$')
      local owner = lane ~= '' and call('HGET', S .. 'own', lane)
      if not owner or owner == me then
        gone[#gone + 1] = member
        if hand(ref, lane) then got = got + 1 end
      end
    end
    if #gone > 0 then call('ZREM', line, unpack(gone)) end
    at = at + #members - #gone
  end
  return got
end)
for _, other in ipairs(call('ZRANGE', S .. 'm', 0, -1)) do
  local due = tonumber(call('ZSCORE', S .. 'm', other)) - now
  if other ~= me and (soonest < 0 or due < soonest) then soonest = math.max(0, due) end
end
local ends = {}
if #handed == 0 then
  for level = 0, 2 do
    local last = call('XREVRANGE', K .. ':' .. level, '+', '-', 'COUNT', 1)[1]
    ends[level + 1] = last and last[1] or '0-0'
  end
  local rung = call('XREVRANGE', S .. 'bell', '+', '-', 'COUNT', 1)[1]
  ends[4] = rung and rung[1] or '0-0'
end
return { more, soonest, scanned, handed, ends }
`);
