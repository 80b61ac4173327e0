import { type RedisScript, redisScript } from '@tutti/core/redis';
import { storeLua } from './store-lua.ts';

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

/** ARGV: field of the subscription. */
export const forgetScript: RedisScript = redisScript(`${storeLua}
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
export const statsScript: RedisScript = redisScript(`${storeLua}
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
