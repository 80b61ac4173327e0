import { sqliteDatabase } from '@tutti/core/sqlite';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { idsOf, never, testEvent } from '../../testing/event-transport-subject.ts';
import { sqliteTransport } from '../sqlite.ts';

const request = { group: 'g', pattern: '**', from: 'now', leaseMs: 60_000, inbox: undefined } as const;
/** With fewer keys than places, low ones come where no high one may. */
const keys = 100;

/** Handles everything, `max` at a time; gives the ids in the order in which they came. */
async function drained(max: number, ordered: boolean): Promise<string[]> {
  await using database = sqliteDatabase({ path: ':memory:' });
  await database.start();
  const transport = sqliteTransport({ database });
  await transport.connect(testRuntime());
  const feed = await transport.open({ ...request, ordered });
  const low = Array.from({ length: 900 }, (_, index) => testEvent(`low-${index}`, { priority: 'low', subject: `k${index % keys}` }));
  const high = Array.from({ length: 100 }, (_, index) => testEvent(`high-${index}`, { priority: 'high', subject: `k${index % keys}` }));
  await transport.append(low);
  await transport.append(high);
  const order: string[] = [];
  for (;;) {
    const deliveries = await feed.receive(max, 0, never);
    if (deliveries.length === 0) return order;
    await feed.settle(deliveries.map(({ receipt }) => ({ kind: 'ack', receipt })));
    order.push(...idsOf(deliveries));
  }
}

describe.each([false, true])('a backlog of 900 low and 100 high ones for one consumer, ordered: %s', (ordered) => {
  it.each([1, 7, 100])('comes high first, %i at a time, and the low ones meanwhile have a share', async (max) => {
    const order = await drained(max, ordered);
    const last = order.findLastIndex((id) => id.startsWith('high'));
    expect(last).toBeLessThan(150);
    expect(order.slice(0, last).filter((id) => id.startsWith('low')).length).toBeGreaterThan(0);
    expect(order.length).toBe(1_000);
    expect(new Set(order).size).toBe(1_000);
  });
});
