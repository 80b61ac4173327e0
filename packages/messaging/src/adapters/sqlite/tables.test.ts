import { type SqliteDatabase, sqliteDatabase } from '@tutti/core/sqlite';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { idsOf, never, testEvent } from '../../testing/event-transport-subject.ts';
import { sqliteTransport } from '../sqlite.ts';
import { busTables } from './tables.ts';

/** What the version before wrote: one position a subscription, deliveries without a state, dead letters without a subject. */
async function oldFile(now: number): Promise<SqliteDatabase> {
  const database = sqliteDatabase({ path: ':memory:' });
  await database.start();
  await database.migrate('messaging.bus', busTables.slice(0, 1));
  const event = (id: string, fields = {}): string => testEvent(id, fields).json;
  const bodies = [
    event('e1'),
    event('e2'),
    event('e3'),
    event('e4', { subject: 'k', priority: 'high' }),
    event('e5', { subject: 'k' }),
    'no event {',
  ];
  await database.write({
    name: 'old',
    statements: [
      ...bodies.map((body, index) => ({
        sql: 'INSERT INTO bus_events (source, id, type, stored_at, body) VALUES (?, ?, ?, ?, ?)',
        values: ['law', `e${index + 1}`, 'law.tested', now - 1_000, body],
      })),
      { sql: "INSERT INTO bus_subscriptions (group_name, pattern, position) VALUES ('g', '**', 3)", values: [] },
      // e1 is in the hands of a member that is gone, e2 waits for its retry, and e0 was replayed after its row had been trimmed
      { sql: 'INSERT INTO bus_deliveries VALUES (1, 1, 1, 1, ?, NULL, NULL)', values: [now + 5_000] },
      { sql: 'INSERT INTO bus_deliveries VALUES (2, 1, 1, 2, ?, ?, NULL)', values: [now + 5_000, now - 500] },
      { sql: 'INSERT INTO bus_deliveries VALUES (99, 1, 0, 7, ?, NULL, ?)', values: [now, event('e0')] },
      {
        sql: `INSERT INTO bus_dead_letters (group_name, pattern, seq, fence, body, reason, message, attempts, first_failed_at, last_failed_at)
          VALUES ('g', '**', 3, 1, ?, 'final', 'no', 5, ?, ?)`,
        values: [event('e3', { subject: 'k' }), now - 100, now - 50],
      },
    ],
  });
  return database;
}

describe('a file of the version before', () => {
  it('is carried on: positions, leases, retries, replays and dead letters', async () => {
    const runtime = testRuntime();
    const database = await oldFile(runtime.clock.epoch());
    const transport = sqliteTransport({ database });
    await transport.connect(runtime);
    expect(await transport.stats()).toEqual([
      { group: 'g', pattern: '**', waiting: 4, running: 1, delayed: 1, deadLetters: 1, oldestAgeMs: 1_000 },
    ]);
    const feed = await transport.open({ group: 'g', pattern: '**', from: 'now', leaseMs: 1_000, ordered: false, inbox: undefined });
    const first = await feed.receive(10, 0, never);
    expect(first.map(({ event }) => (event as { id?: string }).id ?? event)).toEqual(['e4', 'e0', 'e5', 'no event {']);
    await feed.settle(first.map(({ receipt }) => ({ kind: 'ack', receipt })));
    await runtime.clock.advance(5_000);
    const later = await feed.receive(10, 0, never);
    expect(later.map(({ event, attempt, takenOver }) => [(event as { id: string }).id, attempt, takenOver])).toEqual([
      ['e1', 2, true],
      ['e2', 2, false],
    ]);
    const { items } = await transport.deadLetters.list({ limit: 10 });
    expect(await transport.deadLetters.replay(items.map(({ id }) => id))).toBe(1);
    expect(idsOf(await feed.receive(10, 0, never))).toEqual(['e3']);
    expect(await transport.append([testEvent('e1'), testEvent('e9')])).toEqual([true, false]);
  });

  it('keeps the order of its keys for a subscription that wants it', async () => {
    const runtime = testRuntime();
    const database = await oldFile(runtime.clock.epoch());
    const transport = sqliteTransport({ database });
    await transport.connect(runtime);
    const feed = await transport.open({ group: 'o', pattern: '**', from: 'beginning', leaseMs: 1_000, ordered: true, inbox: undefined });
    await transport.append([testEvent('e6', { subject: 'k' })]);
    const taken = await feed.receive(10, 0, never);
    expect(taken.map(({ event }) => (event as { id?: string }).id ?? event)).toEqual(['e4', 'e1', 'e2', 'e3', 'e5', 'no event {']);
  });

  it('is refused by that version from then on, instead of being read in its old way', async () => {
    const runtime = testRuntime();
    const database = await oldFile(runtime.clock.epoch());
    await sqliteTransport({ database }).connect(runtime);
    await expect(database.migrate('messaging.bus', busTables.slice(0, 1))).rejects.toMatchObject({ code: 'STORE_UNSUPPORTED' });
    await expect(database.read('SELECT position FROM bus_subscriptions')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
