/** A process of its own on one SQLite file: publishes, or hears, and writes down what happened to each event. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { type Call, type CloudEvent, defaultRuntime, seededRandom, silentLogger } from '@tutti/core';
import { sqliteTransport } from '../../src/adapters/sqlite.ts';
import { EventBus, type EventTransport, type Feed } from '../../src/index.ts';
import type { MemberTask } from '../bus-members.ts';
import { events, placed } from '../shop.ts';

const task = JSON.parse(String(process.argv[2])) as MemberTask;
const random = seededRandom(process.pid);
const note = (what: string, ...words: readonly (string | number | boolean)[]): void =>
  appendFileSync(task.ledger, `${[what, process.pid, ...words].join(' ')}\n`);
const bus = new EventBus({
  events,
  transport: observed(sqliteTransport({ path: task.path })),
  runtime: { ...defaultRuntime, logger: silentLogger },
});

await bus.start();
if (task.role === 'producer') await produce();
else {
  process.once('SIGTERM', () => void bus.stop());
  bus.subscribe('order.*', handle, 'billing', {
    lease: `${task.leaseMs}ms`,
    concurrency: task.concurrency,
    from: 'beginning',
    maxAttempts: 20,
  });
  note('ready');
}

/** Publishes what an earlier life of this producer did not see acknowledged, under the same ids. */
async function produce(): Promise<void> {
  const acked = new Set(existsSync(task.ledger) ? readFileSync(task.ledger, 'utf8').match(/(?<=^acked \d+ )\S+/gm) : []);
  for (let index = 0; index < task.events; index++) {
    const id = `${task.name}-${index}`;
    if (acked.has(id)) continue;
    await bus.publish({ ...placed(id), id });
    note('acked', id);
    await pause(5);
  }
  await bus.stop();
}

async function handle({ id }: CloudEvent, call: Call): Promise<void> {
  await pause(40 + 60 * random());
  if (call.cancelled) note('aborted', id);
  note('done', id);
}

/** Notes what is taken and settled; acknowledges before handling when the task says so. */
function observed(transport: EventTransport): EventTransport {
  const names = new Map<string, string>();
  const observe = (feed: Feed): Feed => ({
    async receive(max, waitMs, signal) {
      const deliveries = await feed.receive(max, waitMs, signal);
      for (const { receipt, attempt, event } of deliveries) {
        const name = `${(event as CloudEvent).id} ${attempt}`;
        names.set(receipt, name);
        note('taken', name);
      }
      if (task.acknowledgeFirst) await feed.settle(deliveries.map(({ receipt }) => ({ kind: 'ack', receipt })));
      return deliveries;
    },
    async settle(outcomes) {
      const accepted = await feed.settle(outcomes);
      for (const [index, { kind, receipt }] of outcomes.entries())
        note('settled', String(names.get(receipt)), kind, accepted[index] === true);
      return accepted;
    },
    close: () => feed.close(),
  });
  return { ...transport, open: async (request) => observe(await transport.open(request)) };
}
