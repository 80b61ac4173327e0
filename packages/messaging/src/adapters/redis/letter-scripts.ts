import { type RedisScript, redisScript } from '@tutti/core/redis';
import { storeLua } from './store-lua.ts';

const letters = `${storeLua}
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
