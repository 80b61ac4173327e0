import { type RedisScript, redisScript } from '@tutti/core/redis';
import { deliveryLua } from './delivery-lua.ts';

/**
 * Acknowledges first deliveries of one level that the member has not settled before. What was taken over has left the group's list, and so cannot be
 * acknowledged. Which these were is found out one by one, where the consumer ever lost one or is not sure what was done before. ARGV: level, whether it is sure,
 * inbox age or nothing, inbox size, packed ids, packed identities where there is an inbox. Gives the places of those that were refused.
 */
export const acknowledgeScript: RedisScript = redisScript(`
local K, sid, me, inboxMs = KEYS[1], ARGV[1], ARGV[2], ARGV[5]
local S, stream, call = K .. ':' .. sid .. ':', K .. ':' .. ARGV[3], redis.call
local ids = cmsgpack.unpack(ARGV[7])
local refused, places = {}, {}
if ARGV[4] == '1' and call('HEXISTS', S .. 'lost', me) == 0 then
  -- fewer than all only when the server lost what it knew
  if call('XACK', stream, sid, unpack(ids)) < #ids then
    for place = 1, #ids do refused[place] = place - 1 end
    return refused
  end
else
  for place = 1, #ids do
    if call('XACK', stream, sid, ids[place]) == 0 then
      refused[#refused + 1] = place - 1
      places[place] = true
    end
  end
end
if inboxMs ~= '' then
  local time = call('TIME')
  -- microseconds, one apart: of equal ones the set would drop any
  local now, remembered = time[1] * 1000000 + time[2], {}
  for place, identity in ipairs(cmsgpack.unpack(ARGV[8])) do
    if identity ~= '' and not places[place] then
      remembered[#remembered + 1] = string.format('%.0f', now + place)
      remembered[#remembered + 1] = identity
    end
  end
  if #remembered > 0 then
    call('ZADD', S .. 'inbox', unpack(remembered))
    call('ZREMRANGEBYSCORE', S .. 'inbox', '-inf', string.format('%.0f', now - tonumber(inboxMs) * 1000))
    call('ZREMRANGEBYRANK', S .. 'inbox', 0, -(tonumber(ARGV[6]) + 1))
  end
end
return refused
`);

/**
 * ARGV: ordered, lease, inbox age or nothing, inbox size, group, pattern, then outcomes. First deliveries of one level that are extended (`E`) come
 * together: level, count, lowest and highest id, ids. All others one by one, with reference and fence; a first delivery has none.
 */
export const settleScript: RedisScript = redisScript(`${deliveryLua}
local ordered, lease, inboxMs, inboxMax = ARGV[3] == '1', tonumber(ARGV[4]), ARGV[5], ARGV[6]
local results, rings, remembered = {}, false, {}
local function answer(yes) results[#results + 1] = yes and 1 or 0 end
local function remember(identity)
  if inboxMs ~= '' and identity ~= '' then
    remembered[#remembered + 1] = int(time[1] * 1000000 + time[2] + #remembered)
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
        i.taken = '0'
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
  call('ZREMRANGEBYSCORE', S .. 'inbox', '-inf', int((now - tonumber(inboxMs)) * 1000))
  call('ZREMRANGEBYRANK', S .. 'inbox', 0, -(tonumber(inboxMax) + 1))
end
if rings then ring() end
return results
`);

/** ARGV: subscription, packed identities. Gives the places of those that were acknowledged before. */
export const handledScript: RedisScript = redisScript(`
local known = {}
for place, score in ipairs(redis.call('ZMSCORE', KEYS[1] .. ':' .. ARGV[1] .. ':inbox', unpack(cmsgpack.unpack(ARGV[2])))) do
  if score then known[#known + 1] = place - 1 end
end
return known
`);

/** ARGV: ordered. Gives back at most 500 of what a consumer holds, as if never handed out; says whether there is more. */
export const leaveScript: RedisScript = redisScript(`${deliveryLua}
local left, given = 500, 0
local function back(ref, i)
  i.attempts = i.attempts - 1
  keep(ref, i)
  given = given + 1
end
if ARGV[3] == '1' then
  for _, ref in ipairs(call('SMEMBERS', S .. 'mine:' .. me)) do
    local i = info(ref)
    if i then
      letGo(me, ref, i)
      back(ref, i)
      lineUp(ref, i)
    end
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
