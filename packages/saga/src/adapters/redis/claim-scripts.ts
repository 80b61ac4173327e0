import { type RedisScript, redisScript } from '@tutti/core/redis';
import { writingLua } from './saga-lua.ts';

/**
 * ARGV: worker, length of the lease, how many at most, the kinds that he knows. Gives the time, when the next one is due (nothing when none waits), the ids of
 * sagas of this worker of which something is asked, and of each saga claimed its id, the end of the lease, who lost it, and its hash.
 */
export const claimScript: RedisScript = redisScript(`${writingLua}
local worker, leaseMs, max = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local found, claimed, asked = {}, {}, {}
for i = 4, #ARGV do
  local rows = call('ZRANGE', K .. ':due:' .. ARGV[i], 0, max, 'WITHSCORES')
  for row = 1, #rows, 2 do found[#found + 1] = { id = rows[row], at = tonumber(rows[row + 1]), kind = ARGV[i] } end
end
table.sort(found, function(a, b) return a.at < b.at or (a.at == b.at and a.id < b.id) end)
local place = 1
while found[place] and place <= max and found[place].at <= now do
  local id, kind = found[place].id, found[place].kind
  place = place + 1
  local saga = call('HMGET', S .. id, 'h', 'a', 'q', 's', 'key')
  if not saga[1] then
    remove(':due:' .. kind, id)
  else
    local fence, owner = string.match(saga[1], '^(%d+) (.*)$')
    call('HSET', S .. id, 'h', int(fence + 1) .. ' ' .. worker, 'n', '0')
    add(':due:' .. kind, now + leaseMs, id)
    -- whoever claims one that is queued is to end it: it stands in line no more
    if saga[4] == 'queued' then call('LREM', K .. ':wait:' .. saga[5], 1, id) end
    if tonumber(saga[3] or '0') > tonumber(saga[2] or '0') then
      if owner ~= '' then call('SREM', K .. ':asked:' .. owner, id) end
      call('SADD', K .. ':asked:' .. worker, id)
    end
    claimed[#claimed + 1] = { id, int(now + leaseMs), owner, call('HGETALL', S .. id) }
  end
end
for _, id in ipairs(call('SMEMBERS', K .. ':asked:' .. worker)) do
  local saga = call('HMGET', S .. id, 'h', 'a', 'q')
  if saga[1] and string.match(saga[1], '^%d+ (.*)$') == worker and tonumber(saga[3] or '0') > tonumber(saga[2] or '0') then
    asked[#asked + 1] = id
  else
    call('SREM', K .. ':asked:' .. worker, id)
  end
end
conclude()
return { int(now), found[place] and found[place].at < never and int(found[place].at) or '', asked, claimed }
`);

/** ARGV: worker, length of the lease (0 gives back), then of each saga id and fence. Gives the time, whether others should look, and the ids that are lost. */
export const renewScript: RedisScript = redisScript(`${writingLua}
local worker, leaseMs, lost = ARGV[1], tonumber(ARGV[2]), {}
for i = 3, #ARGV, 2 do
  local id, fence = ARGV[i], ARGV[i + 1]
  local saga = call('HMGET', S .. id, 'h', 'kind')
  if saga[1] ~= fence .. ' ' .. worker then
    lost[#lost + 1] = id
  elseif leaseMs == 0 then
    call('HSET', S .. id, 'h', fence .. ' ')
    claimable(saga[2], id, 0)
  else
    add(':due:' .. saga[2], now + leaseMs, id)
  end
end
conclude()
return { int(now), rung, lost }
`);
