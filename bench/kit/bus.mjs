// C2, the kit: an event of one 1 KB text, checked by zod on both sides, in its whole envelope, published on a transport and handled by one
// subscriber whose acknowledgement the store has. `left` asks the store itself.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { defineEvents, event } from '../../packages/core/src/index.ts';
import { EventBus } from '../../packages/messaging/src/index.ts';
import { tempDir } from '../lib/services.mjs';

/** Handlers at once: half of the window. A handler ends at once here, so this bounds what one look may bring. */
const concurrency = 500;

const bus = (transportOf, options = {}) => async (cfg) => {
  const { z } = await import('zod');
  const events = defineEvents({ 'bench.sent': event(z.object({ text: z.string() })) });
  const { transport, remove } = await transportOf(cfg);
  const bus = new EventBus({ events, transport });
  bus.subscribe('bench.sent', ({ data }) => cfg.onMessage(data.text), 'bench', { concurrency, ...options });
  await bus.start();
  return {
    publish: (text) => bus.publish({ type: 'bench.sent', source: 'bench', data: { text } }),
    left: async () => {
      const [stats] = await bus.stats();
      return stats.waiting + stats.running + stats.delayed + stats.deadLetters;
    },
    close: async () => {
      await bus.stop();
      remove?.();
    },
  };
};

const sqlite = async () => {
  const { sqliteTransport } = await import('../../packages/messaging/src/adapters/sqlite.ts');
  const folder = tempDir();
  return { transport: sqliteTransport({ path: join(folder, 'bus.db') }), remove: () => rmSync(folder, { recursive: true }) };
};

const redis = async ({ redisPort }) => {
  const { redisTransport } = await import('../../packages/messaging/src/adapters/redis.ts');
  return { transport: redisTransport({ url: `redis://127.0.0.1:${redisPort}` }) };
};

const rabbit = (history) => async ({ rabbitPort }) => {
  const { amqpTransport } = await import('../../packages/messaging/src/adapters/amqp.ts');
  const url = `amqp://guest:guest@127.0.0.1:${rabbitPort}`;
  return { transport: amqpTransport({ url, name: `bench-${process.pid}`, ...(history ? {} : { history: false }) }) };
};

const ofBound = (of, atLeast) => [
  { metric: 'rate', of, atLeast },
  { metric: 'p99', of, atMost: 2 },
  { metric: 'cpuUs', of },
];
const sqliteGoals = ofBound(['sqlite raw, group commit', 'sqlite raw, group commit, in a thread'], 0.5);
const redisGoals = (equal) => [
  ...ofBound('redis streams raw, batched XADD', 0.7),
  ...ofBound(equal, 0.7),
  { metric: 'rate', of: 'bullmq add', atLeast: 5 },
  { metric: 'rate', of: 'bullmq addBulk', atLeast: 5 },
];

export default [
  { name: 'tutti on sqlite, inbox on', needs: 'disk', goals: sqliteGoals, setup: bus(sqlite) },
  { name: 'tutti on sqlite, inbox off', needs: 'disk', goals: sqliteGoals, setup: bus(sqlite, { inbox: false }) },
  { name: 'tutti on redis, inbox off', needs: 'redis', goals: redisGoals('redis streams raw, batched, events'), setup: bus(redis, { inbox: false }) },
  { name: 'tutti on redis, inbox on', needs: 'redis', goals: redisGoals('redis streams raw, batched, events and inbox'), setup: bus(redis) },
  {
    name: 'tutti on rabbitmq, no history',
    needs: 'rabbitmq',
    goals: [...ofBound('rabbitmq raw, quorum queue', 0.85), ...ofBound('rabbitmq raw, topic exchange and quorum queue, events', 0.85)],
    setup: bus(rabbit(false)),
  },
  {
    name: 'tutti on rabbitmq, with history',
    needs: 'rabbitmq',
    goals: [...ofBound('rabbitmq raw, quorum queue and stream', 0.85), ...ofBound('rabbitmq raw, quorum queue and stream, events', 0.85)],
    setup: bus(rabbit(true)),
  },
];
