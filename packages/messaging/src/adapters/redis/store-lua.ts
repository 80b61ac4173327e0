/** What the scripts of the whole store share: stream ids and their order. */
export const storeLua = `
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
