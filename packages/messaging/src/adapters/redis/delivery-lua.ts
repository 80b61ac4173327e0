/**
 * Every script is given the begin of the bus's keys as its only key. All keys begin with it, hash tag included, so they are in one slot and on one node of
 * a cluster. Arguments of all: subscription, consumer. Time is the server's.
 *
 * A reference names an event inside the bus: `<level>:<stream id>`. Of what a subscription has begun, `info` holds `fence|attempts|taken over|first failed at|
 * replayed from|lane`.
 */
export const deliveryLua = `
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
