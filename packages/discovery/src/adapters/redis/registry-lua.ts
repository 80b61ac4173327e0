import { type RedisScript, redisScript } from '@tutti/core/redis';

/**
 * All that is kept of a service lies behind one key, which is the only one that hashes: `<keyPrefix>discovery:{<service>}`. Behind it,
 * `:lives` is a hash of records by instance, `:ends` the ends of their leases (a sorted set, milliseconds of the server's clock), `:log` a
 * stream that names the instance of each change but renewals, with the incarnation of a life that was removed, and `:bell` a channel.
 *
 * A record is four lines: the length of the lease, the incarnation as JSON, the state, the endpoint as JSON. An entry of the log has an id that no
 * other log ever has, because it is made of the time: whoever finds his place in it has missed nothing, and after a loss of data nobody finds it.
 *
 * Keys outlive the last lease by an hour at least, so what a service leaves behind goes away by itself.
 */
const registryLua = `
local K = KEYS[1]
local call = redis.call
local lives, ends, log = K .. ':lives', K .. ':ends', K .. ':log'
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local rung = false
local function changed(instance, left)
  call('XADD', log, 'MAXLEN', '~', 1000, '*', 'i', instance, 'l', left or '')
  rung = true
end
local function over(instance, left)
  call('HDEL', lives, instance)
  call('ZREM', ends, instance)
  changed(instance, left)
end
local function parts(instance)
  return string.match(call('HGET', lives, instance) or '', '^(%d+)\\n([^\\n]*)\\n([^\\n]*)\\n(.*)$')
end
local function conclude()
  if rung then call('PUBLISH', K .. ':bell', '') end
end
`;

/**
 * ARGV: commands, one after the other: `put instance incarnation ttl state endpoint`, `renew instance incarnation ttl`,
 * `mark instance incarnation state`, `remove instance incarnation`. Gives for each how the life stands then; nothing that matters for a put.
 */
export const writeScript: RedisScript = redisScript(`#!lua
${registryLua}
local longest, standings, at = 0, {}, 1
local function take()
  at = at + 1
  return ARGV[at - 1]
end
local function record(ttl, incarnation, state, endpoint)
  return ttl .. '\\n' .. incarnation .. '\\n' .. state .. '\\n' .. endpoint
end
local function lease(instance, ttl)
  call('ZADD', ends, now + ttl, instance)
  longest = math.max(longest, tonumber(ttl))
end
-- how the life stands, and what its record says if it is this life that is there. One whose time is over is over, swept or not
local function standing(instance, incarnation)
  local ttl, held, state, endpoint = parts(instance)
  if not ttl then return 'gone' end
  local endsAt = tonumber(call('ZSCORE', ends, instance) or 0)
  if endsAt <= now then
    over(instance)
    return 'gone'
  end
  if held ~= incarnation then return 'replaced' end
  return state, endpoint, ttl, endsAt
end
while ARGV[at] do
  local command, instance, incarnation = take(), take(), take()
  local state, endpoint, ttl, endsAt
  if command == 'put' then
    ttl, state, endpoint = take(), take(), take()
    call('HSET', lives, instance, record(ttl, incarnation, state, endpoint))
    lease(instance, ttl)
    changed(instance)
  else
    state, endpoint, ttl, endsAt = standing(instance, incarnation)
    if command == 'renew' then
      local wanted = take()
      if endpoint then
        lease(instance, wanted)
        -- who waits for the end of the lease has to know of an earlier one
        rung = rung or now + wanted < endsAt
        if ttl ~= wanted then call('HSET', lives, instance, record(wanted, incarnation, state, endpoint)) end
      end
    elseif command == 'mark' then
      local wanted = take()
      if endpoint and state ~= 'draining' and state ~= wanted then
        state = wanted
        call('HSET', lives, instance, record(ttl, incarnation, state, endpoint))
        changed(instance)
      end
    elseif endpoint then
      over(instance, incarnation)
    end
  end
  standings[#standings + 1] = state
end
for _, key in ipairs({ lives, ends, log }) do
  if call('PTTL', key) < longest + 3600000 then call('PEXPIRE', key, longest + 7200000) end
end
conclude()
return standings
`);

/**
 * Ends leases that are over, at most a thousand at a time. ARGV: the place in the log that the caller knows everything up to (empty: nothing), and 1 to cut
 * leases that end later than their length allows, because the clock was set back.
 *
 * Gives the time, the milliseconds until the next lease ends (empty: there is none), the new place, and what was asked for: `same`, `changes` or `all`, and
 * then by instance the records, nothing where it is over; of changes also the incarnations that were removed last, not ended.
 */
export const lookScript: RedisScript = redisScript(`#!lua flags=allow-oom
${registryLua}
if ARGV[2] == '1' then
  for _, instance in ipairs(call('ZRANGE', ends, now + 1000, '+inf', 'BYSCORE')) do
    local latest = now + tonumber(parts(instance) or 0)
    if tonumber(call('ZSCORE', ends, instance)) > latest + 1000 then call('ZADD', ends, latest, instance) end
  end
end
for _, instance in ipairs(call('ZRANGE', ends, '-inf', now, 'BYSCORE', 'LIMIT', 0, 1000)) do over(instance) end
conclude()
local function idOf(entry) return entry and entry[1] end
local place = idOf(call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]) or '0-0'
local first = call('ZRANGE', ends, 0, 0, 'WITHSCORES')[2]
local due = first and string.format('%.0f', math.max(0, first - now)) or ''
local function answer(kind, records, left) return { string.format('%.0f', now), due, place, kind, records, left or {} } end
if ARGV[1] == place then return answer('same', {}) end
if ARGV[1] == '' or not call('XRANGE', log, ARGV[1], ARGV[1], 'COUNT', 1)[1] then return answer('all', call('HGETALL', lives)) end
local left, records, leavers = {}, {}, {}
for _, entry in ipairs(call('XRANGE', log, '(' .. ARGV[1], '+')) do
  local instance = entry[2][2]
  if not left[instance] then
    records[#records + 1] = instance
    records[#records + 1] = call('HGET', lives, instance)
  end
  left[instance] = entry[2][4] or ''
end
for at = 1, #records, 2 do leavers[#leavers + 1] = left[records[at]] end
return answer('changes', records, leavers)
`);
