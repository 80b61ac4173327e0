/** Publishes events flat out to a subscriber that handles ten a second, and prints by how many bytes this process grew meanwhile; argv[2] is a {@link FloodTask}. */
import { setTimeout as pause } from 'node:timers/promises';
import { defaultRuntime, defineEvents, event, silentLogger, TuttiError } from '@tutti/core';
import { z } from 'zod';
import { sqliteTransport } from '../../src/adapters/sqlite.ts';
import { EventBus, type EventTransport, memoryTransport } from '../../src/index.ts';
import type { Flooded, FloodTask } from '../flooding.ts';

const task = JSON.parse(String(process.argv[2])) as FloodTask;
const noBound = 1_000_000_000;
const { path, seconds, maxInFlight, bytes, bounded, waits } = task;

const transport: EventTransport = path === undefined ? memoryTransport(bounded ? {} : { maxWaiting: noBound }) : sqliteTransport({ path });
const bus = new EventBus({
  events: defineEvents({ 'load.sent': event(z.object({ text: z.string() })) }),
  transport,
  publishing: { maxInFlight: bounded ? maxInFlight : noBound, whenFull: waits ? 'wait' : 'reject' },
  drainTimeout: '100ms',
  runtime: { ...defaultRuntime, logger: silentLogger },
});
const counts = { stored: 0, refused: 0, failed: 0, handled: 0, mostInFlight: 0 };
let [inFlight, slow] = [0, false];
/** Of the handlers that run at once one ends every 100 ms. */
let turn: Promise<unknown> = Promise.resolve();
bus.subscribe(
  'load.sent',
  async () => {
    if (slow) {
      turn = turn.then(() => pause(100));
      await turn;
    }
    counts.handled++;
  },
  'slow',
  { concurrency: 256 },
);
await bus.start();

const filler = 'x'.repeat(bytes);
async function publish(): Promise<void> {
  inFlight++;
  try {
    await bus.publish({ type: 'load.sent', source: 'flood', data: { text: `${counts.stored} ${filler}` } });
    counts.stored++;
  } catch (error) {
    if (TuttiError.is(error, 'MESSAGING_BACKPRESSURE')) counts.refused++;
    else counts.failed++;
  }
  inFlight--;
}

/** Fires without waiting for anything but the turn; or, where publishing waits for room, in loops that wait for their own. */
async function flood(ms: number, look: () => void): Promise<void> {
  const endsAt = performance.now() + ms;
  const loop = async (): Promise<void> => {
    while (performance.now() < endsAt) await publish();
  };
  if (waits) for (let loops = 0; loops < 500; loops++) void loop();
  while (performance.now() < endsAt) {
    if (!waits) for (let fired = 0; fired < 200; fired++) void publish();
    await new Promise((resolve) => setImmediate(resolve));
    look();
  }
}

/** First with a subscriber that keeps up: what compiled code, young garbage and what is on its way take is not what is asked. */
await flood(3_000, () => {});
while (inFlight > 0 || counts.handled < counts.stored) await pause(1);
slow = true;
Object.assign(counts, { stored: 0, refused: 0, failed: 0, handled: 0 });
const before = process.memoryUsage.rss();
let most = before;
await flood(seconds * 1_000, () => {
  counts.mostInFlight = Math.max(counts.mostInFlight, inFlight);
  most = Math.max(most, process.memoryUsage.rss());
});
const flooded: Flooded = { ...counts, grownBytes: most - before };
process.stdout.write(JSON.stringify(flooded));
process.exit(0); // what waits would keep the others waiting
