import { type RedisScript, redisScript } from '@tutti/core/redis';
import { storeLua } from './store-lua.ts';

/** ARGV: packed, of each event level and lane in one word, type, JSON. Gives the last ids of the levels that it wrote to. */
export const appendScript: RedisScript = redisScript(`
local K, call, last, events = KEYS[1], redis.call, { '', '', '' }, cmsgpack.unpack(ARGV[1])
local streams = { ['0'] = K .. ':0', ['1'] = K .. ':1', ['2'] = K .. ':2' }
for i = 1, #events, 3 do
  local place = events[i]
  if #place == 1 then
    last[place + 1] = call('XADD', streams[place], '*', 't', events[i + 1], 'd', events[i + 2])
  else
    local level = string.sub(place, 1, 1)
    last[level + 1] = call('XADD', streams[level], '*', 't', events[i + 1], 'd', events[i + 2], 'k', string.sub(place, 2))
  end
end
return last
`);

/**
 * Stores what may have been stored before. ARGV: age and number of identities that are remembered; the last ids of the levels before something that may have been stored
 * without a word, or nothing; packed, of each event: level, lane, identity (nothing when it is fresh), type, JSON. Gives the last ids of the levels and the places of duplicates.
 */
export const appendOnceScript: RedisScript = redisScript(`${storeLua}
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
local events = cmsgpack.unpack(ARGV[6])
for i = 1, #events, 5 do
  local level, lane, identity = events[i], events[i + 1], events[i + 2]
  if identity ~= '' and (stored[identity] or call('ZSCORE', ids, identity)) then
    duplicates[#duplicates + 1] = (i - 1) / 5
  else
    if identity ~= '' then
      stored[identity], remembered = true, true
      call('ZADD', ids, int(now), identity)
    end
    if lane == '' then
      last[level] = call('XADD', K .. ':' .. level, '*', 't', events[i + 3], 'd', events[i + 4])
    else
      last[level] = call('XADD', K .. ':' .. level, '*', 't', events[i + 3], 'd', events[i + 4], 'k', lane)
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
export const trimScript: RedisScript = redisScript(`${storeLua}
-- members that died leave their names behind; a day later nobody comes back under them
local swept = false
local function sweep(stream, sid)
  if swept or call('INCR', K .. ':sweeps') % 10 > 0 then return end
  swept = true
  for _, list in ipairs(call('XINFO', 'CONSUMERS', stream, sid)) do
    local consumer = map(list)
    if consumer['pending'] == 0 and consumer['idle'] > 86400000 and consumer['name'] ~= '-' then
      for at = 0, 2 do redis.pcall('XGROUP', 'DELCONSUMER', K .. ':' .. at, sid, consumer['name']) end
      call('HDEL', K .. ':' .. sid .. ':lost', consumer['name'])
    end
  end
end
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
      if level == 1 then sweep(stream, group['name']) end
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
