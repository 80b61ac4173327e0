import { sqliteDatabase } from '@tutti/core/sqlite';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { idsOf, never, testEvent } from '../testing/event-transport-subject.ts';
import type { EventTransport, Feed } from '../transport/event-transport.ts';
import { memoryTransport } from './memory.ts';
import type { Retention } from './retention.ts';
import { sqliteTransport } from './sqlite.ts';

const batchSize = 10;

async function appendBatches(transport: EventTransport, count: number, prefix = 'e'): Promise<void> {
  for (let batch = 0; batch < count; batch++) {
    await transport.append(Array.from({ length: batchSize }, (_, index) => testEvent(`${prefix}${batch * batchSize + index}`)));
  }
}

/** Handles everything that is there; gives the ids. */
async function drain(feed: Feed): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const taken = await feed.receive(100, 0, never);
    if (taken.length === 0) return ids;
    await feed.settle(taken.map(({ receipt }) => ({ kind: 'ack', receipt })));
    ids.push(...idsOf(taken));
  }
}

const transports = [
  { name: 'memory', slack: 0, make: async (retention: Retention) => memoryTransport({ retention }) },
  {
    name: 'sqlite',
    /** It trims while appending, and not every time. */
    slack: 128 + batchSize,
    async make(retention: Retention) {
      const database = sqliteDatabase({ path: ':memory:' });
      await database.start();
      return sqliteTransport({ database, retention });
    },
  },
];

describe.each(transports)('the retention of the $name transport', ({ make, slack }) => {
  const runtime = testRuntime();
  const open = (transport: EventTransport, group: string, from: 'now' | 'beginning') =>
    transport.open({ group, pattern: '**', from, leaseMs: 1_000, ordered: false, inbox: undefined });

  it('keeps no more settled events than it was told to', async () => {
    const transport = await make({ maxEvents: 50 });
    await transport.connect(runtime);
    const consumer = await open(transport, 'g', 'now');
    for (let round = 0; round < 10; round++) {
      await appendBatches(transport, 20, `${round}.`);
      await drain(consumer);
    }
    await appendBatches(transport, 1, 'last.');
    await drain(consumer);
    const kept = await drain(await open(transport, 'late', 'beginning'));
    expect(kept.length).toBeGreaterThanOrEqual(50);
    expect(kept.length).toBeLessThanOrEqual(50 + slack + 200);
    expect(kept.at(-1)).toBe('last.9');
  });

  it('drops settled events that are older than it was told to keep them', async () => {
    const transport = await make({ maxAge: '1h' });
    await transport.connect(runtime);
    await appendBatches(transport, 20, 'old');
    await runtime.clock.advance(3_600_001);
    await appendBatches(transport, 20, 'new');
    expect((await drain(await open(transport, 'late', 'beginning'))).filter((id) => id.startsWith('old'))).toEqual([]);
    expect(await transport.append([testEvent('old0'), testEvent('new0')])).toEqual([false, true]);
  });

  it('keeps whatever a subscription still waits for', async () => {
    const transport = await make({ maxEvents: 0, maxAge: '1ms' });
    await transport.connect(runtime);
    await (await open(transport, 'absent', 'now')).close();
    const retrying = await open(transport, 'retrying', 'now');
    await appendBatches(transport, 1, 'first');
    for (const { receipt } of await retrying.receive(10, 0, never)) await retrying.settle([{ kind: 'retry', receipt, delayMs: 10_000 }]);
    await runtime.clock.advance(5_000);
    await appendBatches(transport, 60);
    await drain(retrying);
    await runtime.clock.advance(5_000);
    expect((await drain(retrying)).length).toBe(batchSize);
    expect((await drain(await open(transport, 'absent', 'now'))).length).toBe(61 * batchSize);
  });

  it('gives a replayed event back although it was trimmed', async () => {
    const transport = await make({ maxEvents: 0 });
    await transport.connect(runtime);
    const feed = await open(transport, 'g', 'now');
    await transport.append([testEvent('dead')]);
    const [delivery] = await feed.receive(1, 0, never);
    await feed.settle([{ kind: 'dead', receipt: String(delivery?.receipt), reason: 'final', failure: { message: 'no' } }]);
    await appendBatches(transport, 40);
    await drain(feed);
    await appendBatches(transport, 40, 'more');
    await drain(feed);
    const { items } = await transport.deadLetters.list({ limit: 1 });
    expect(await transport.deadLetters.replay(items.map(({ id }) => id))).toBe(1);
    expect(await drain(feed)).toEqual(['dead']);
  });
});

it.each([
  ['a negative number of events', { maxEvents: -1 }, 'maxEvents'],
  ['an age without its unit', { maxAge: 5 }, 'maxAge'],
  ['an unknown limit', { maxBytes: 5 }, 'maxBytes'],
])('refuses %s', (_what, retention, member) => {
  const path = `memoryTransport.retention.${member}`;
  expect(() => memoryTransport({ retention: retention as Retention })).toThrowError(
    expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
  );
});
