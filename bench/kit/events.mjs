// C1, the kit: `await bus.publish(draft)` on memory to one subscriber. Each publish checks the draft and its data, makes an id, a time and
// a trace, and keeps the event until it is handled and acknowledged. A batch is over when every event of it was handled.
import { defineEvents, event } from '../../packages/core/src/index.ts';
import { EventBus, memoryTransport } from '../../packages/messaging/src/index.ts';

const payload = { id: 'o-1', total: 12.5, items: ['a', 'b'] };

/** Checks nothing: what the kit itself costs beside the schema. */
const trivial = { '~standard': { version: 1, vendor: 'bench', validate: (value) => ({ value }) } };

const zodSchema = async () => {
  const { z } = await import('zod');
  return z.object({ id: z.string(), total: z.number(), items: z.array(z.string()) });
};

const publishing = (schemaOf, options) => async () => {
  const events = defineEvents({ 'order.created': event(await schemaOf()) });
  const bus = new EventBus({ events, transport: memoryTransport() });
  let [sent, got] = [0, 0];
  let done;
  const count = (heard) => {
    if (heard.data.id !== 'o-1' || heard.id === '') throw new Error('not what was published');
    if (++got === sent) done?.();
  };
  bus.subscribe('order.created', options.later ? async (heard) => count(heard) : count, 'bench');
  await bus.start();
  return {
    run: async (n) => {
      for (let i = 0; i < n; i++) {
        sent++;
        await bus.publish({ type: 'order.created', source: 'bench', data: payload });
      }
      if (got !== sent) await new Promise((resolve) => (done = resolve));
      done = undefined;
    },
    check: async (ops) => {
      await new Promise(setImmediate); // the last outcome may be on its way
      if (got < ops || got !== sent) throw new Error(`${got} handled of ${sent}`);
      const [stats] = await bus.stats();
      if (stats.waiting + stats.running + stats.delayed + stats.deadLetters > 0) throw new Error(`not settled: ${JSON.stringify(stats)}`);
    },
    close: () => bus.stop(),
  };
};

const goals = [
  { metric: 'cost', of: 'await async handler (promise limit)', atMost: 6 },
  { metric: 'cost', of: 'moleculer emit', atMost: 1 / 3 },
  { metric: 'cost', of: 'emittery emit', atMost: 1 / 3 },
];

export default [
  { name: 'tutti publish to one subscriber (id, time, validation by zod)', goals, setup: publishing(zodSchema, {}) },
  { name: 'tutti publish to one subscriber (id, time, trivial schema)', goals, setup: publishing(async () => trivial, {}) },
  {
    name: 'tutti publish to one subscriber, async handler (trivial schema)',
    goals,
    setup: publishing(async () => trivial, { later: true }),
  },
];
