import { coreError } from '@tutti/core';
import { type SqliteDatabase, sqliteDatabase } from '@tutti/core/sqlite';
import { type TestRuntime, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { idsOf, never, take, testEvent, testEvents } from '../../testing/event-transport-subject.ts';
import type { Delivery, InboxWindow, Outcome, SubscriptionRequest } from '../../transport/event-transport.ts';
import type { OutboxFeed, OutboxTransport } from '../../transport/outbox-transport.ts';
import { sqliteTransport } from '../sqlite.ts';

const inbox: InboxWindow = { maxAgeMs: 60_000, maxEvents: 200 };
const request: SubscriptionRequest = { group: 'g', pattern: '**', from: 'now', leaseMs: 1_000, ordered: false, inbox };
const ack = ({ receipt }: Delivery): Outcome => ({ kind: 'ack', receipt });

async function member(): Promise<{
  readonly runtime: TestRuntime;
  readonly database: SqliteDatabase;
  readonly transport: OutboxTransport;
  readonly feed: OutboxFeed;
}> {
  const runtime = testRuntime();
  const database = sqliteDatabase({ path: ':memory:' });
  await database.start();
  const transport = sqliteTransport({ database, retention: { maxEvents: 0 } });
  await transport.connect(runtime);
  return { runtime, database, transport, feed: await transport.open(request) };
}

describe('outcomes of one batch', () => {
  it('count in their order: what ended a delivery leaves nothing for those after it', async () => {
    const { transport, feed } = await member();
    await transport.append(testEvents(2));
    const [a, b] = (await take(feed, 2)) as [Delivery, Delivery];
    const outcomes: Outcome[] = [
      { kind: 'extend', receipt: a.receipt },
      ack(a),
      ack(a),
      { kind: 'extend', receipt: a.receipt },
      { kind: 'retry', receipt: b.receipt, delayMs: 0 },
      ack(b),
    ];
    expect(await feed.settle(outcomes)).toEqual([true, true, false, false, true, false]);
    expect(idsOf(await feed.receive(10, 0, never))).toEqual(['e1']);
  });

  it('of which some are late, or name nothing, are told apart', async () => {
    const { runtime, transport, feed } = await member();
    await transport.append(testEvents(3));
    const first = (await take(feed, 3)) as [Delivery, Delivery, Delivery];
    await runtime.clock.advance(1_000);
    const [again] = await feed.receive(1, 0, never);
    const receipts = ['', 'e0', '1', ':', '1:x', '-1:-1', '1e99:1', "1' OR 1", '999:1'];
    const nonsense = receipts.map((receipt): Outcome => ({ kind: 'ack', receipt }));
    expect(await feed.settle([...nonsense, ...first.map(ack)])).toEqual([...receipts.map(() => false), false, true, true]);
    expect(await feed.settle(nonsense)).toEqual(receipts.map(() => false));
    expect(await feed.commit('e0', transport.outbox([testEvent('effect')]))).toBe(false);
    expect(await feed.commit(first[0].receipt, transport.outbox([testEvent('effect')]))).toBe(false);
    expect(await feed.settle([ack(again as Delivery)])).toEqual([true]);
    expect(await feed.receive(10, 0, never)).toEqual([]);
  });
});

it('gives what somebody else put there as the text that it is, and keeps it as one', async () => {
  const { database, transport, feed } = await member();
  const bodies = [
    new TextEncoder().encode('{"bytes": true}'),
    new Uint8Array([255, 0, 1]),
    7,
    '',
    'null',
    '{"subject": 5, "priority": ["high"]}',
  ];
  await database.write({
    name: 'outside',
    statements: bodies.map((body, index) => ({
      sql: 'INSERT INTO bus_events (source, id, type, stored_at, body) VALUES (?, ?, ?, 0, ?)',
      values: ['outside', String(index), 'law.tested', body],
    })),
  });
  const deliveries = await take(feed, bodies.length);
  const expected = [{ bytes: true }, '\ufffd\u0000\u0001', 7, '', null, { subject: 5, priority: ['high'] }];
  expect(deliveries.map(({ event }) => event)).toEqual(expected);
  const failure = { message: 'no event' };
  await feed.settle(deliveries.map(({ receipt }) => ({ kind: 'dead', receipt, reason: 'schema', failure })));
  expect((await transport.deadLetters.list({ limit: 10 })).items.map(({ event }) => event)).toEqual(expected);
});

it('refuses in the words of the bus what the writer takes on no more', async () => {
  const database = sqliteDatabase({ path: ':memory:' });
  await database.start();
  const write: SqliteDatabase['write'] = async (set) => {
    if (set.name === 'bus.append') throw coreError('OVERLOADED', { operation: 'writing', limit: 1 });
    return database.write(set);
  };
  const transport = sqliteTransport({ database: Object.assign(Object.create(database), { write }) });
  await transport.connect(testRuntime());
  await expect(transport.append(testEvents(1))).rejects.toMatchObject({ code: 'MESSAGING_BACKPRESSURE' });
});

describe('the inbox of a subscription', () => {
  it('knows an event that came again when it was kept no longer', async () => {
    const { transport, feed } = await member();
    await transport.append([testEvent('a')]);
    await feed.settle((await take(feed, 1)).map(ack));
    for (let batch = 0; batch < 4; batch++) {
      await transport.append(Array.from({ length: 40 }, (_, index) => testEvent(`${batch}-${index}`)));
      await feed.settle((await take(feed, 40)).map(ack));
    }
    await transport.append([testEvent('last')]);
    expect(await transport.append([testEvent('a')])).toEqual([false]);
    const deliveries = await take(feed, 2);
    expect(deliveries.map(({ handled }) => handled)).toEqual([false, true]);
  });

  it('is not asked about a replay, and remembers an acknowledgement by commit', async () => {
    const { database, transport, feed } = await member();
    await transport.append(testEvents(2));
    const [buried, done] = (await take(feed, 2)) as [Delivery, Delivery];
    await feed.settle([{ kind: 'dead', receipt: buried.receipt, reason: 'final', failure: { message: 'no' } }]);
    expect(await feed.commit(done.receipt, [])).toBe(true);
    await database.write({
      name: 'outside',
      statements: [0, 1].map((index) => ({
        sql: 'INSERT INTO bus_events (source, id, type, stored_at, body) VALUES (?, ?, ?, 0, ?)',
        values: ['outside', String(index), 'law.tested', testEvent(`e${index}`).json],
      })),
    });
    const repeats = (await take(feed, 2)) as [Delivery, Delivery];
    expect(repeats.map(({ handled }) => handled)).toEqual([false, true]);
    await feed.settle(repeats.map(ack));
    await transport.deadLetters.replay((await transport.deadLetters.list({ limit: 1 })).items.map(({ id }) => id));
    expect(await feed.receive(1, 0, never)).toMatchObject([{ handled: false, attempt: 1, event: { id: 'e0' } }]);
  });

  it('forgets beyond its window, in steps, and all when its subscription is forgotten', async () => {
    const { database, transport, feed } = await member();
    const rows = async () => Number((await database.read('SELECT count(*) AS rows FROM bus_inbox'))[0]?.['rows']);
    let most = 0;
    for (let batch = 0; batch < 60; batch++) {
      await transport.append(Array.from({ length: 50 }, (_, index) => testEvent(`${(batch * 7) % 60}-${index}`)));
      await feed.settle((await take(feed, 50)).map(ack));
      most = Math.max(most, await rows());
    }
    expect(most).toBeLessThan(1_000);
    await transport.forget('g', '**');
    expect(await rows()).toBe(0);
  });
});
