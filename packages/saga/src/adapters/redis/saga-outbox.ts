import { type RedisScript, redisScript } from '@tutti/core/redis';
import type { SagaOutbox } from '../../store/saga-outbox.ts';
import type { RedisSagas } from './redis-sagas.ts';
import { writingLua } from './saga-lua.ts';

/** ARGV: worker, length of the lease, how many at most. Gives ids and bodies. Whoever takes has all up to the last that he took. */
const takeScript: RedisScript = redisScript(`${writingLua}
local lease = call('HMGET', K .. ':out:lease', 'worker', 'until')
if lease[1] and lease[1] ~= ARGV[1] and tonumber(lease[2]) > now then return {} end
local rows = call('ZRANGE', K .. ':out', 0, ARGV[3] - 1, 'WITHSCORES')
if #rows == 0 then
  call('DEL', K .. ':out:lease')
  return {}
end
call('HSET', K .. ':out:lease', 'worker', ARGV[1], 'until', int(now + ARGV[2]), 'last', rows[#rows])
local events = {}
for i = 1, #rows, 2 do
  events[#events + 1] = rows[i]
  events[#events + 1] = call('HGET', K .. ':out:bodies', rows[i]) or ''
end
return events
`);

/** ARGV: worker, ids. When nothing is left of what he took, another may take. */
const dropScript: RedisScript = redisScript(`${writingLua}
for i = 2, #ARGV do
  call('ZREM', K .. ':out', ARGV[i])
  call('HDEL', K .. ':out:bodies', ARGV[i])
end
local lease = call('HMGET', K .. ':out:lease', 'worker', 'last')
if lease[1] == ARGV[1] and call('ZCOUNT', K .. ':out', '-inf', lease[2]) == 0 then call('DEL', K .. ':out:lease') end
return 1
`);

/** How many one script drops at most: the server does nothing else meanwhile. */
const batchSize = 500;

export function redisOutbox(opened: () => RedisSagas): SagaOutbox {
  return {
    async take(worker, leaseMs, max) {
      if (max < 1) return [];
      const rows = (await opened().run(takeScript, [worker, Math.ceil(leaseMs), max])) as readonly Buffer[];
      return Array.from({ length: rows.length / 2 }, (_, at) => ({ id: String(rows[at * 2]), body: String(rows[at * 2 + 1]) }));
    },
    async drop(worker, ids) {
      for (let at = 0; at < ids.length; at += batchSize) await opened().run(dropScript, [worker, ...ids.slice(at, at + batchSize)]);
    },
  };
}
