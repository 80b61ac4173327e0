import { type RedisScript, redisScript } from '@tutti/core/redis';

const common = `
local K = KEYS[1]
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function int(x) return string.format('%.0f', x) end
local function split(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end
local function before(a, b)
  local ams, aseq = split(a)
  local bms, bseq = split(b)
  return ams < bms or (ams == bms and aseq < bseq)
end
local function after(id)
  local ms, seq = split(id)
  return int(ms) .. '-' .. int(seq + 1)
end
local function position(id)
  local ms, seq = split(id)
  return int(ms * 4096 + math.min(seq, 4095))
end
local function map(list)
  local m = {}
  for i = 1, #list, 2 do m[list[i]] = list[i + 1] end
  return m
end
local function lastOf(level)
  local last = call('XREVRANGE', K .. ':' .. level, '+', '-', 'COUNT', 1)[1]
  return last and last[1] or '0-0'
end
`;

/** ARGV: of each event level and lane in one word, type, JSON. Gives the last ids of the levels that it wrote to. */
export const appendScript: RedisScript = redisScript(`
local K, call, last = KEYS[1], redis.call, { '', '', '' }
local streams = { ['0'] = K .. ':0', ['1'] = K .. ':1', ['2'] = K .. ':2' }
for i = 1, #ARGV, 3 do
  local place = ARGV[i]
  if #place == 1 then
    last[place + 1] = call('XADD', streams[place], '*', 't', ARGV[i + 1], 'd', ARGV[i + 2])
  else
    local level = string.sub(place, 1, 1)
    last[level + 1] = call('XADD', streams[level], '*', 't', ARGV[i + 1], 'd', ARGV[i + 2], 'k', string.sub(place, 2))
  end
end
return last
`);

/**
 * Stores what may have been stored before. ARGV: age and number of identities that are remembered; the last ids of the levels before something that may have been stored
 * without a word, or nothing; then of each event: level, lane, identity (nothing when it is fresh), type, JSON. Gives the last ids of the levels and the places of duplicates.
 */
export const appendOnceScript: RedisScript = redisScript(`${common}
local maxAge, maxIds, stored = tonumber(ARGV[1]), tonumber(ARGV[2]), {}
if ARGV[3] ~= '' then
  for level = 0, 2 do
    local from, looked = ARGV[3 + level], 0
    while looked < 100000 do
      local entries = call('XRANGE', K .. ':' .. level, '(' .. from, '+', 'COUNT', 200)
      for _, entry in ipairs(entries) do
        local ok, event = pcall(cjson.decode, map(entry[2])['d'] or '')
        if ok and type(event) == 'table' and event.id and event.source then stored[tostring(event.source) .. '\\n' .. tostring(event.id)] = true end
      end
      looked = looked + #entries
      if #entries < 200 then break end
      from = entries[#entries][1]
    end
  end
end
local ids, last, duplicates, remembered = K .. ':ids', {}, {}, false
for i = 6, #ARGV, 5 do
  local level, lane, identity = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if identity ~= '' and (stored[identity] or call('ZSCORE', ids, identity)) then
    duplicates[#duplicates + 1] = (i - 6) / 5
  else
    if identity ~= '' then
      stored[identity], remembered = true, true
      call('ZADD', ids, int(now), identity)
    end
    if lane == '' then
      last[level] = call('XADD', K .. ':' .. level, '*', 't', ARGV[i + 3], 'd', ARGV[i + 4])
    else
      last[level] = call('XADD', K .. ':' .. level, '*', 't', ARGV[i + 3], 'd', ARGV[i + 4], 'k', lane)
    end
  end
end
if remembered then
  call('ZREMRANGEBYSCORE', ids, '-inf', int(now - maxAge))
  call('ZREMRANGEBYRANK', ids, 0, -(maxIds + 1))
end
return { { last['0'] or lastOf(0), last['1'] or lastOf(1), last['2'] or lastOf(2) }, duplicates }
`);

/**
 * Drops settled events that are too many or too old, at most so many a run, and never one that a group still needs. How many came since is known from marks: at each
 * run one with the number of events so far. ARGV: events to keep, age to keep, most to drop, events appended since by level. Gives the largest backlog.
 */
export const trimScript: RedisScript = redisScript(`${common}
local backlog = 0
for level = 0, 2 do
  local stream, marks, newest = K .. ':' .. level, K .. ':marks:' .. level, lastOf(level)
  if newest ~= '0-0' then
    local added = call('HINCRBY', K .. ':meta', 'added' .. level, ARGV[4 + level])
    call('ZADD', marks, position(newest), int(added) .. ':' .. newest)
    local needed, behind = after(newest), 0
    for _, list in ipairs(call('XINFO', 'GROUPS', stream)) do
      local group = map(list)
      local first = after(group['last-delivered-id'])
      if group['pending'] > 0 then
        local pending = call('XPENDING', stream, group['name'])[2]
        if before(pending, first) then first = pending end
      end
      if before(first, needed) then needed = first end
      behind = math.max(behind, group['pending'] + (tonumber(group['lag'] or nil) or call('XLEN', stream)))
    end
    backlog = backlog + behind
    local cut, tooOld = nil, int(math.max(0, now - tonumber(ARGV[2]))) .. '-0'
    local settled = call('ZREVRANGEBYSCORE', marks, '(' .. position(needed), '-inf', 'LIMIT', 0, 1)[1]
    if settled then
      local keepFrom, at = tonumber(string.match(settled, '^%d+')) - tonumber(ARGV[1]), 0
      while not cut do
        local page = call('ZREVRANGEBYSCORE', marks, '(' .. position(needed), '-inf', 'LIMIT', at, 100)
        for _, mark in ipairs(page) do
          if not cut and tonumber(string.match(mark, '^%d+')) <= keepFrom then cut = after(string.match(mark, ':(.*)$')) end
        end
        at = at + #page
        if #page < 100 then break end
      end
    end
    if not cut or before(cut, tooOld) then cut = tooOld end
    if before(needed, cut) then cut = needed end
    call('XTRIM', stream, 'MINID', '~', cut, 'LIMIT', ARGV[3])
    call('ZREMRANGEBYSCORE', marks, '-inf', '(' .. position(cut))
  end
end
return backlog
`);

/** ARGV: field of the subscription. */
export const forgetScript: RedisScript = redisScript(`${common}
local sid = string.match(call('HGET', K .. ':subs', ARGV[1]) or '', '^%S+')
if not sid then return 0 end
for level = 0, 2 do redis.pcall('XGROUP', 'DESTROY', K .. ':' .. level, sid) end
local S = K .. ':' .. sid .. ':'
for _, member in ipairs(call('ZRANGE', S .. 'm', 0, -1)) do call('UNLINK', S .. 'mine:' .. member) end
for _, name in ipairs({ 'about', 'bell', 'due', 'held', 'by', 'lost', 'info', 'body', 'inbox', 'letters', 'w0', 'w1', 'w2', 'own', 'cnt', 'm' }) do call('UNLINK', S .. name) end
call('HDEL', K .. ':subs', ARGV[1])
return 1
`);

/** Gives group, pattern, waiting, running, delayed, dead letters and the age of the oldest of each subscription. */
export const statsScript: RedisScript = redisScript(`${common}
local all = call('HVALS', K .. ':subs')
local told = {}
for _, value in ipairs(all) do
  local sid = string.match(value, '^%S+')
  local S = K .. ':' .. sid .. ':'
  local about, oldest = map(call('HGETALL', S .. 'about')), now
  local function seen(ms) if ms and tonumber(ms) < oldest then oldest = tonumber(ms) end end
  local waiting, running = 0, 0
  for level = 0, 2 do
    local stream, group = K .. ':' .. level, nil
    local groups = redis.pcall('XINFO', 'GROUPS', stream)
    for _, list in ipairs(groups.err and {} or groups) do
      local one = map(list)
      if one['name'] == sid then group = one end
    end
    if group then
      if group['pending'] > 0 then
        local pending = call('XPENDING', stream, sid)
        running = running + pending[1]
        seen(string.match(pending[2], '^%d+'))
      end
      local from, looked, here, last = group['last-delivered-id'], 0, 0, false
      local lag = tonumber(group['lag'] or nil)
      while looked < 10000 do
        local count = about['matches'] == '' and lag and 1 or 200
        local entries = call('XRANGE', stream, '(' .. from, '+', 'COUNT', count)
        for _, entry in ipairs(entries) do
          if about['matches'] == '' or string.find(map(entry[2])['t'] or '', about['matches']) then
            here = here + 1
            if here == 1 then seen(string.match(entry[1], '^%d+')) end
          end
        end
        looked = looked + #entries
        last = #entries < count
        if last or count == 1 then break end
        from = entries[#entries][1]
      end
      if about['matches'] == '' and lag then here = lag
      elseif not last and lag and looked > 0 then here = math.floor(here * lag / looked) end
      waiting = waiting + here
    end
    local inLine = call('ZCARD', S .. 'w' .. level)
    waiting, running = waiting + inLine, about['ordered'] == '1' and running - inLine or running
  end
  if about['ordered'] ~= '1' then running = running + call('ZCOUNT', S .. 'held', '(' .. int(now), '+inf') end
  waiting = waiting + call('ZCOUNT', S .. 'due', '-inf', int(now)) + call('ZCOUNT', S .. 'held', '-inf', int(now))
  for _, ref in ipairs(call('HKEYS', S .. 'info')) do seen(string.match(ref, '^%d:(%d+)')) end
  told[#told + 1] = { about['group'] or '', about['pattern'] or '', waiting, running, call('ZCOUNT', S .. 'due', '(' .. int(now), '+inf'),
    call('ZCARD', S .. 'letters'), now - oldest }
end
return told
`);

const letters = `${common}
local function drop(id, letter)
  call('DEL', K .. ':letter:' .. id)
  for _, index in ipairs({ K .. ':letters', K .. ':letters:' .. letter['group'], K .. ':' .. letter['sid'] .. ':letters' }) do call('ZREM', index, id) end
end
`;

/** ARGV: group or nothing, id after which to begin, at most. Gives a flat list of names and values for each, the id first. */
export const listScript: RedisScript = redisScript(`${letters}
local index = ARGV[1] == '' and K .. ':letters' or K .. ':letters:' .. string.sub(ARGV[1], 2)
local found = {}
for _, id in ipairs(call('ZRANGEBYSCORE', index, '(' .. ARGV[2], '+inf', 'LIMIT', 0, ARGV[3])) do
  local letter = call('HGETALL', K .. ':letter:' .. id)
  table.insert(letter, 1, id)
  found[#found + 1] = letter
end
return found
`);

/** ARGV: ids. Gives how many went back to their subscription. */
export const replayScript: RedisScript = redisScript(`${letters}
local count = 0
for _, id in ipairs(ARGV) do
  local letter = map(call('HGETALL', K .. ':letter:' .. id))
  local S = letter['sid'] and K .. ':' .. letter['sid'] .. ':'
  local about = S and map(call('HGETALL', S .. 'about'))
  if about and about['group'] then
    local ref = letter['ref']
    call('HSET', S .. 'body', ref, letter['body'])
    call('HSET', S .. 'info', ref, int(call('HINCRBY', K .. ':meta', 'fence', 1)) .. '|0|0||' .. id .. '|' .. letter['lane'])
    if about['ordered'] == '1' then
      call('ZADD', S .. 'w' .. string.sub(ref, 1, 1), position(string.sub(ref, 3)), ref .. '/' .. letter['lane'])
    else
      call('ZADD', S .. 'due', int(now), ref)
    end
    call('XADD', S .. 'bell', 'MAXLEN', 1, '*', 'r', '')
    drop(id, letter)
    count = count + 1
  end
end
return count
`);

/** ARGV: ids. */
export const discardScript: RedisScript = redisScript(`${letters}
local count = 0
for _, id in ipairs(ARGV) do
  local letter = map(call('HGETALL', K .. ':letter:' .. id))
  if letter['sid'] then
    drop(id, letter)
    count = count + 1
  end
end
return count
`);
