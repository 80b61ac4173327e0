import { type RedisScript, redisScript } from '@tutti/core/redis';

/**
 * Every script is given the begin of the bus's keys as its only key. All keys begin with it, hash tag included, so they are in one slot and on one node of
 * a cluster. Arguments of all: subscription, consumer. Time is the server's.
 *
 * A reference names an event inside the bus: `<level>:<stream id>`. Of what a subscription has begun, `info` holds `fence|attempts|taken over|first failed at|
 * replayed from|lane`.
 */
const common = `
local K, sid, me = KEYS[1], ARGV[1], ARGV[2]
local S = K .. ':' .. sid .. ':'
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function int(x) return string.format('%.0f', x) end
local function streamOf(ref) return K .. ':' .. string.sub(ref, 1, 1), string.sub(ref, 3) end
local function storedAt(ref) return tonumber(string.match(ref, '^%d:(%d+)')) end
local function parts(fields)
  local kind, body, lane = '', nil, ''
  for i = 1, #fields, 2 do
    local name = fields[i]
    if name == 't' then kind = fields[i + 1] elseif name == 'd' then body = fields[i + 1] elseif name == 'k' then lane = fields[i + 1] end
  end
  return kind, body or cjson.encode(fields), lane
end
local function bodyOf(ref)
  local body = call('HGET', S .. 'body', ref)
  if body then return body end
  local stream, id = streamOf(ref)
  local found = call('XRANGE', stream, id, id)
  if not found[1] then return nil end
  local _, text = parts(found[1][2])
  return text
end
local function info(ref)
  local text = call('HGET', S .. 'info', ref)
  if not text then return nil end
  local fence, attempts, taken, first, replayed, lane = string.match(text, '^(.-)|(.-)|(.-)|(.-)|(.-)|(.-)$')
  return { fence = fence, attempts = tonumber(attempts), taken = taken, first = first, replayed = replayed, lane = lane }
end
local function keep(ref, i)
  call('HSET', S .. 'info', ref, table.concat({ i.fence, int(i.attempts), i.taken, i.first, i.replayed, i.lane }, '|'))
end
local function fresh(lane) return { fence = '0', attempts = 0, taken = '0', first = '', replayed = '', lane = lane } end
local function nextFence() return int(call('HINCRBY', K .. ':meta', 'fence', 1)) end
local function ring() call('XADD', S .. 'bell', 'MAXLEN', 1, '*', 'r', '') end
local function position(ref)
  local ms, seq = string.match(ref, '^%d:(%d+)-(%d+)$')
  return int(tonumber(ms) * 4096 + math.min(tonumber(seq), 4095))
end
-- a pending first delivery leaves the group's list and begins a life of its own
local function uproot(ref)
  local stream, id = streamOf(ref)
  local body = bodyOf(ref)
  call('XACK', stream, sid, id)
  if body then call('HSET', S .. 'body', ref, body) end
  return body ~= nil
end
-- in ordered subscriptions only
local function letGo(consumer, ref, i)
  call('SREM', S .. 'mine:' .. consumer, ref)
  if i.lane == '' then return end
  if call('HINCRBY', S .. 'cnt', i.lane, -1) <= 0 then
    call('HDEL', S .. 'cnt', i.lane)
    call('HDEL', S .. 'own', i.lane)
  end
end
local function lineUp(ref, i)
  call('ZADD', S .. 'w' .. string.sub(ref, 1, 1), position(ref), ref .. '/' .. i.lane)
end
`;

/** ARGV: subscription's field, ordered, where to begin, identity of a new store, pattern, group, name pattern. Gives id, 1 when it is another kind, identity. */
export const openScript: RedisScript = redisScript(`
local K, field, ordered, begin = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local call = redis.call
call('HSETNX', K .. ':meta', 'store', ARGV[4])
local known = call('HGET', K .. ':subs', field)
local sid = known and string.match(known, '^%S+') or nil
local kind = known and string.match(known, '%S+$') or ordered
if kind ~= ordered then return { sid, 1, '' } end
if not sid then
  sid = ARGV[4] .. '.' .. string.format('%.0f', call('HINCRBY', K .. ':meta', 'subscriptions', 1))
  call('HSET', K .. ':subs', field, sid .. ' ' .. ordered)
  call('HSET', K .. ':' .. sid .. ':about', 'group', ARGV[6], 'pattern', ARGV[7], 'matches', ARGV[5], 'ordered', ordered)
else
  begin = '0'
end
for level = 0, 2 do redis.pcall('XGROUP', 'CREATE', K .. ':' .. level, sid, begin, 'MKSTREAM') end
redis.pcall('XGROUP', 'CREATE', K .. ':' .. sid .. ':bell', sid, '0', 'MKSTREAM')
return { sid, 0, call('HGET', K .. ':meta', 'store') }
`);

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
export const takeScript: RedisScript = redisScript(`${common}${selecting}
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
    local taken = i.taken
    i.fence, i.attempts, i.taken = nextFence(), i.attempts + 1, '0'
    keep(ref, i)
    call('ZADD', S .. 'held', int(now + lease), ref)
    call('HSET', S .. 'by', ref, me)
    handed[#handed + 1] = { ref, i.fence, body, i.attempts, taken, i.replayed }
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
export const takeOrderedScript: RedisScript = redisScript(`${common}${selecting}
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
  local taken = i.taken
  i.fence, i.attempts, i.taken = nextFence(), i.attempts + 1, '0'
  keep(ref, i)
  call('SADD', S .. 'mine:' .. me, ref)
  if lane ~= '' then
    call('HSET', S .. 'own', lane, me)
    call('HINCRBY', S .. 'cnt', lane, 1)
  end
  handed[#handed + 1] = { ref, i.fence, body, i.attempts, taken, i.replayed }
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

/**
 * Acknowledges first deliveries of one level that the member has not settled before. What was taken over has left the group's list, and so cannot be
 * acknowledged. Which these were is found out one by one, where the consumer ever lost one or is not sure what was done before. ARGV: level, whether it is sure,
 * inbox age or nothing, inbox size, ids, then identities where there is an inbox. Gives the places of those that were refused.
 */
export const acknowledgeScript: RedisScript = redisScript(`
local K, sid, me, inboxMs = KEYS[1], ARGV[1], ARGV[2], ARGV[5]
local S, stream, call = K .. ':' .. sid .. ':', K .. ':' .. ARGV[3], redis.call
local count = inboxMs == '' and #ARGV - 6 or (#ARGV - 6) / 2
local refused, places = {}, {}
if ARGV[4] == '1' and call('HEXISTS', S .. 'lost', me) == 0 then
  -- fewer than all only when the server lost what it knew
  if call('XACK', stream, sid, unpack(ARGV, 7, 6 + count)) < count then
    for place = 1, count do refused[place] = place - 1 end
    return refused
  end
else
  for place = 1, count do
    if call('XACK', stream, sid, ARGV[6 + place]) == 0 then
      refused[#refused + 1] = place - 1
      places[place] = true
    end
  end
end
if inboxMs ~= '' then
  local time = call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local stamp, remembered = string.format('%.0f', now), {}
  for place = 1, count do
    local identity = ARGV[6 + count + place]
    if identity ~= '' and not places[place] then
      remembered[#remembered + 1] = stamp
      remembered[#remembered + 1] = identity
    end
  end
  if #remembered > 0 then
    call('ZADD', S .. 'inbox', unpack(remembered))
    call('ZREMRANGEBYSCORE', S .. 'inbox', '-inf', string.format('%.0f', now - tonumber(inboxMs)))
    call('ZREMRANGEBYRANK', S .. 'inbox', 0, -(tonumber(ARGV[6]) + 1))
  end
end
return refused
`);

/**
 * ARGV: ordered, lease, inbox age or nothing, inbox size, group, pattern, then outcomes. First deliveries of one level that are extended (`E`) come
 * together: level, count, lowest and highest id, ids. All others one by one, with reference and fence; a first delivery has none.
 */
export const settleScript: RedisScript = redisScript(`${common}
local ordered, lease, inboxMs, inboxMax = ARGV[3] == '1', tonumber(ARGV[4]), ARGV[5], ARGV[6]
local results, rings, remembered = {}, false, {}
local function answer(yes) results[#results + 1] = yes and 1 or 0 end
local function remember(identity)
  if inboxMs ~= '' and identity ~= '' then
    remembered[#remembered + 1] = int(now)
    remembered[#remembered + 1] = identity
  end
end
local function mine(stream, from, to, count)
  local found, reply = {}, redis.pcall('XPENDING', stream, sid, from, to, count, me)
  if not reply.err then
    for _, p in ipairs(reply) do found[p[1]] = true end
  end
  return found
end
local function held(ref, fence)
  if fence == '' then
    local stream, id = streamOf(ref)
    if not mine(stream, id, id, 1)[id] then return nil end
    local i = fresh('')
    i.attempts = 1
    return i
  end
  local i = info(ref)
  if not i or i.fence ~= fence then return nil end
  if ordered then return call('SISMEMBER', S .. 'mine:' .. me, ref) == 1 and i or nil end
  return call('ZSCORE', S .. 'held', ref) and i or nil
end
local function out(ref, fence, i)
  if ordered then
    letGo(me, ref, i)
    rings = rings or i.lane ~= ''
  else
    call('ZREM', S .. 'held', ref)
    call('HDEL', S .. 'by', ref)
  end
end
local function finish(ref, fence)
  local stream, id = streamOf(ref)
  redis.pcall('XACK', stream, sid, id)
  if fence ~= '' then
    call('HDEL', S .. 'info', ref)
    call('HDEL', S .. 'body', ref)
  end
end
local function again(ref, fence, i, delay)
  if fence == '' then uproot(ref) end
  keep(ref, i)
  if ordered then lineUp(ref, i) else call('ZADD', S .. 'due', int(now + delay), ref) end
  rings = true
end
local function bury(ref, i, reason, message, code, stack, attempts)
  local id = int(call('HINCRBY', K .. ':meta', 'letters', 1))
  call('HSET', K .. ':letter:' .. id, 'sid', sid, 'group', ARGV[7], 'pattern', ARGV[8], 'reason', reason, 'message', message, 'code', code, 'stack', stack,
    'attempts', attempts == '' and int(i.attempts) or attempts, 'first', i.first == '' and int(now) or i.first, 'last', int(now),
    'body', bodyOf(ref) or '', 'ref', ref, 'lane', i.lane)
  for _, index in ipairs({ K .. ':letters', K .. ':letters:' .. ARGV[7], S .. 'letters' }) do call('ZADD', index, id, id) end
end
local at = 9
local function arg() at = at + 1 return ARGV[at - 1] end
while at <= #ARGV do
  local kind = arg()
  if kind == 'E' then
    local stream, count, first, last = K .. ':' .. arg(), tonumber(arg()), arg(), arg()
    local own, claim = mine(stream, first, last, 100000), { 'XCLAIM', stream, sid, me, 0 }
    for i = at, at + count - 1 do
      answer(own[ARGV[i]])
      if own[ARGV[i]] then claim[#claim + 1] = ARGV[i] end
    end
    at = at + count
    if #claim > 5 then
      claim[#claim + 1] = 'JUSTID'
      call(unpack(claim))
    end
  else
    local ref, fence = arg(), arg()
    local i = held(ref, fence)
    answer(i)
    if kind == 'K' then
      local identity = arg()
      if i then
        remember(identity)
        out(ref, fence, i)
        finish(ref, fence)
      end
    elseif kind == 'X' then
      if i and ordered then call('ZADD', S .. 'm', int(now + lease), me)
      elseif i and fence ~= '' then call('ZADD', S .. 'held', int(now + lease), ref)
      elseif i then
        local stream, id = streamOf(ref)
        call('XCLAIM', stream, sid, me, 0, id, 'JUSTID')
      end
    elseif kind == 'R' then
      local delay = tonumber(arg())
      if i then
        out(ref, fence, i)
        if i.first == '' then i.first = int(now) end
        again(ref, fence, i, delay)
      end
    elseif kind == 'L' then
      if i then
        out(ref, fence, i)
        i.attempts = i.attempts - 1
        again(ref, fence, i, 0)
      end
    elseif kind == 'D' then
      local reason, message, code, stack, attempts = arg(), arg(), arg(), arg(), arg()
      if i then
        out(ref, fence, i)
        bury(ref, i, reason, message, code, stack, attempts)
        finish(ref, fence)
      end
    end
  end
end
if #remembered > 0 then
  for i = 1, #remembered, 2000 do call('ZADD', S .. 'inbox', unpack(remembered, i, math.min(i + 1999, #remembered))) end
  call('ZREMRANGEBYSCORE', S .. 'inbox', '-inf', int(now - tonumber(inboxMs)))
  call('ZREMRANGEBYRANK', S .. 'inbox', 0, -(tonumber(inboxMax) + 1))
end
if rings then ring() end
return results
`);

/** ARGV: ordered. Gives back at most 500 of what a consumer holds, as if never handed out; says whether there is more. */
export const leaveScript: RedisScript = redisScript(`${common}
local left, given = 500, 0
local function back(ref, i)
  i.attempts = i.attempts - 1
  keep(ref, i)
  given = given + 1
end
if ARGV[3] == '1' then
  for _, ref in ipairs(call('SMEMBERS', S .. 'mine:' .. me)) do
    local i = info(ref)
    letGo(me, ref, i)
    back(ref, i)
    lineUp(ref, i)
  end
  call('ZREM', S .. 'm', me)
else
  for level = 0, 2 do
    local stream = K .. ':' .. level
    local pending = redis.pcall('XPENDING', stream, sid, '-', '+', left, me)
    if not pending.err then
      for _, p in ipairs(pending) do
        local ref = level .. ':' .. p[1]
        if uproot(ref) then
          local i = fresh('')
          i.attempts = 1
          back(ref, i)
          call('ZADD', S .. 'due', int(now), ref)
        end
      end
      left = left - #pending
      if left <= 0 then
        ring()
        return 1
      end
      call('XGROUP', 'DELCONSUMER', stream, sid, me)
    end
  end
  local by = call('HGETALL', S .. 'by')
  for at = 1, #by, 2 do
    local ref = by[at]
    local i = by[at + 1] == me and info(ref)
    if i then
      call('HDEL', S .. 'by', ref)
      if call('ZREM', S .. 'held', ref) == 1 then
        back(ref, i)
        call('ZADD', S .. 'due', int(now), ref)
      end
    end
  end
  redis.pcall('XGROUP', 'DELCONSUMER', S .. 'bell', sid, me)
  call('HDEL', S .. 'lost', me)
end
if given > 0 then ring() end
return 0
`);
