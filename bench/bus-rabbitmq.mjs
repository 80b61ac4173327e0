// Messages a second through the RabbitMQ transport, the whole way append, receive, settle, beside raw amqplib with the same guarantees in the same run:
// confirmations, one quorum queue, every message acknowledged. Messages of 1 KB, at most a window of 1,000 unconfirmed. The ratio is taken
// inside each round and then the median over rounds; every other round runs in reverse.
//   node --conditions=@tutti/source bench/bus-rabbitmq.mjs [rounds] [seconds]
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultRuntime, silentLogger } from '../packages/core/src/index.ts';
import { amqpTransport } from '../packages/messaging/src/adapters/amqp.ts';
import { startRabbit } from '../tools/services/rabbitmq.ts';

const amqp = createRequire(new URL('../packages/messaging/package.json', import.meta.url))('amqplib');
const [rounds = 5, seconds = 3] = process.argv.slice(2).map(Number);
const windowSize = 1_000;
const batchSize = 50;
const data = 'x'.repeat(900);
const eventOf = (index) => ({ specversion: '1.0', id: `e${index}`, source: 'bench', type: 'bench.measured', time: '2026-01-01T00:00:00Z', data });
const encoded = (index) => {
  const event = eventOf(index);
  return { event, json: JSON.stringify(event), fresh: true };
};

const rabbit = await startRabbit();
const alive = setInterval(() => {}, 1_000);

/** Publishes in batches with at most a window on its way, for so long; then waits until all were heard. */
async function run({ publish, heard, close }) {
  const endsAt = performance.now() + seconds * 1_000;
  const beganAt = performance.now();
  let [sent, confirmed, index] = [0, 0, 0];
  const lanes = Array.from({ length: windowSize / batchSize }, async () => {
    while (performance.now() < endsAt) {
      const from = index;
      index += batchSize;
      sent += batchSize;
      await publish(from, batchSize);
      confirmed += batchSize;
    }
  });
  await Promise.all(lanes);
  while (heard() < confirmed) await pause(1);
  const rate = sent / ((performance.now() - beganAt) / 1_000);
  if (heard() !== sent) throw new Error(`heard ${heard()} of ${sent}`);
  await close();
  return rate;
}

async function raw() {
  const [a, b] = [await amqp.connect(rabbit.url), await amqp.connect(rabbit.url)];
  const [out, inn] = [await a.createConfirmChannel(), await b.createChannel()];
  const queue = `raw${Math.random()}`;
  await inn.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await inn.prefetch(200);
  let count = 0;
  let last;
  const flush = () => {
    if (last) inn.ack(last, true);
    last = undefined;
  };
  await inn.consume(queue, (message) => {
    if (message === null) return;
    JSON.parse(message.content.toString());
    if (!last) setImmediate(flush); // acknowledges together what comes together, as the transport does
    last = message;
    count++;
  });
  return {
    publish: (from, size) =>
      Promise.all(
        Array.from({ length: size }, (_, at) => {
          const content = Buffer.from(encoded(from + at).json);
          return new Promise((resolve, reject) => out.sendToQueue(queue, content, { persistent: true }, (error) => (error ? reject(error) : resolve())));
        }),
      ),
    heard: () => count,
    async close() {
      await inn.deleteQueue(queue);
      await a.close();
      await b.close();
    },
  };
}

async function transport(history) {
  const member = amqpTransport({ url: rabbit.url, name: `b${Math.random().toString(36).slice(2, 8)}`, history });
  await member.connect({ ...defaultRuntime, logger: silentLogger });
  const feed = await member.open({ group: 'g', pattern: '**', from: 'now', leaseMs: 15_000, ordered: false, inbox: undefined });
  let count = 0;
  let open = true;
  const signal = new AbortController().signal;
  const hearing = (async () => {
    while (open) {
      const taken = await feed.receive(200, 200, signal);
      if (taken.length === 0) continue;
      await feed.settle(taken.map(({ receipt }) => ({ kind: 'ack', receipt })));
      count += taken.length;
    }
  })();
  return {
    publish: (from, size) => member.append(Array.from({ length: size }, (_, at) => encoded(from + at))),
    heard: () => count,
    async close() {
      open = false;
      await hearing;
      await member.forget('g', '**');
      await member.close();
    },
  };
}

const contestants = { 'raw amqplib': raw, transport: () => transport(false), 'transport with history': () => transport({ maxBytes: 100_000_000 }) };
const ratios = new Map();
for (let round = 0; round < rounds; round++) {
  const rates = {};
  const names = Object.keys(contestants);
  for (const name of round % 2 ? names.toReversed() : names) rates[name] = await run(await contestants[name]());
  for (const name of names) ratios.set(name, [...(ratios.get(name) ?? []), rates[name] / rates['raw amqplib']]);
  console.log(names.map((name) => `${name}: ${Math.round(rates[name])}/s (${(rates[name] / rates['raw amqplib']).toFixed(2)})`).join('   '));
}
for (const [name, list] of ratios) console.log(`${name}: median ratio ${list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)].toFixed(2)}`);
clearInterval(alive);
await rabbit.stop();
