import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@tutti/core';
import { type SqliteDatabase, sqliteDatabase } from '@tutti/core/sqlite';
import { type TestRuntime, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { idOf, idsOf, never, take, testEvent } from '../../testing/event-transport-subject.ts';
import type { Delivery, Outcome, SubscriptionRequest } from '../../transport/event-transport.ts';
import type { OutboxFeed, OutboxTransport } from '../../transport/outbox-transport.ts';
import { sqliteTransport } from '../sqlite.ts';

const request: SubscriptionRequest = { group: 'g', pattern: '**', from: 'now', leaseMs: 1_000, ordered: true, inbox: undefined };
const ack = ({ receipt }: Delivery): Outcome => ({ kind: 'ack', receipt });
const bury = ({ receipt }: Delivery): Outcome => ({ kind: 'dead', receipt, reason: 'final', failure: { message: 'no' } });

async function inMemory(): Promise<{ readonly runtime: TestRuntime; readonly transport: OutboxTransport; readonly feed: OutboxFeed }> {
  const runtime = testRuntime();
  const database = sqliteDatabase({ path: ':memory:' });
  await database.start();
  const transport = sqliteTransport({ database });
  await transport.connect(runtime);
  return { runtime, transport, feed: await transport.open(request) };
}

describe('the order of a key', () => {
  it('holds up the key of one that waits for its retry, and no other', async () => {
    const { runtime, transport, feed } = await inMemory();
    await transport.append(['a0', 'b0', 'a1', 'b1'].map((id) => testEvent(id, { subject: id.slice(0, 1) })));
    const [a0, b0] = (await take(feed, 2)) as [Delivery, Delivery];
    await feed.settle([{ kind: 'retry', receipt: a0.receipt, delayMs: 5_000 }, ack(b0)]);
    const [b1, ...none] = await feed.receive(10, 0, never);
    expect([idOf(b1 as Delivery), none]).toEqual(['b1', []]);
    await feed.settle([ack(b1 as Delivery)]);
    await runtime.clock.advance(5_000);
    const [again, ...more] = await feed.receive(10, 0, never);
    expect([idOf(again as Delivery), again?.attempt, more.length]).toEqual(['a0', 2, 0]);
    await feed.settle([ack(again as Delivery)]);
    expect(idsOf(await feed.receive(10, 0, never))).toEqual(['a1']);
  });

  it('is free when one was given up, and a replay takes its turn before what came later', async () => {
    const { transport, feed } = await inMemory();
    await transport.append(['a0', 'a1', 'a2'].map((id) => testEvent(id, { subject: 'a' })));
    const [a0] = (await take(feed, 1)) as [Delivery];
    await feed.settle([bury(a0)]);
    const [a1, ...none] = await feed.receive(10, 0, never);
    expect([idOf(a1 as Delivery), none]).toEqual(['a1', []]);
    const { items } = await transport.deadLetters.list({ limit: 1 });
    expect(await transport.deadLetters.replay(items.map(({ id }) => id))).toBe(1);
    expect(await feed.receive(10, 0, never)).toEqual([]);
    await feed.settle([ack(a1 as Delivery)]);
    const [replayed, ...others] = await feed.receive(10, 0, never);
    expect([idOf(replayed as Delivery), replayed?.replayedFrom, others]).toEqual(['a0', items[0]?.id, []]);
    await feed.settle([ack(replayed as Delivery)]);
    expect(idsOf(await feed.receive(10, 0, never))).toEqual(['a2']);
  });

  it('is kept within a priority only: an urgent event does not wait for a normal one of its key', async () => {
    const { transport, feed } = await inMemory();
    await transport.append([testEvent('a0', { subject: 'a' }), testEvent('a1', { subject: 'a' })]);
    await take(feed, 1);
    await transport.append([testEvent('urgent', { subject: 'a', priority: 'high' })]);
    expect(idsOf(await feed.receive(10, 0, never))).toEqual(['urgent']);
  });

  it('does not let a key with a long queue hold up the others', async () => {
    const { transport, feed } = await inMemory();
    const queue = Array.from({ length: 3_000 }, (_, index) => testEvent(`hot-${index}`, { subject: 'hot' }));
    for (let at = 0; at < queue.length; at += 500) await transport.append(queue.slice(at, at + 500));
    await transport.append([testEvent('cold', { subject: 'cold' }), testEvent('free')]);
    const heard: string[] = [];
    for (let turn = 0; turn < 6; turn++) heard.push(...idsOf(await feed.receive(10, 0, never)));
    expect(heard).toEqual(['hot-0', 'cold', 'free']);
    expect((await transport.stats())[0]).toMatchObject({ waiting: 2_999, running: 3 });
  });

  it('is not lost when what it waits for is settled between a look and the claim that follows', async () => {
    const runtime = testRuntime();
    const database = sqliteDatabase({ path: ':memory:' });
    await database.start();
    let meanwhile: (() => Promise<unknown>) | undefined;
    const write: SqliteDatabase['write'] = async (set) => {
      const work = set.name === 'bus.claim' ? meanwhile : undefined;
      if (work) meanwhile = undefined;
      await work?.();
      return database.write(set);
    };
    const [one, two] = [sqliteTransport({ database }), sqliteTransport({ database: Object.assign(Object.create(database), { write }) })];
    await one.connect(runtime);
    await two.connect(runtime);
    const [holder, other] = [await one.open(request), await two.open(request)];
    await one.append([testEvent('a0', { subject: 'a' })]);
    const [a0] = (await take(holder, 1)) as [Delivery];
    await one.append(['a1', 'a2', 'b0', 'a3'].map((id) => testEvent(id, { subject: id.slice(0, 1) })));
    meanwhile = () => holder.settle([ack(a0)]);
    const heard: string[] = [];
    for (let turn = 0; turn < 5; turn++) {
      const deliveries = await other.receive(1, 0, never);
      heard.push(...idsOf(deliveries));
      await other.settle(deliveries.map(ack));
    }
    expect(heard.toSorted()).toEqual(['a1', 'a2', 'a3', 'b0']);
    expect(heard.filter((id) => id.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
  });

  it('ends for outsiders as for the kit: a subject in the text of a row counts', async () => {
    const runtime = testRuntime();
    const database = sqliteDatabase({ path: ':memory:' });
    await database.start();
    const transport = sqliteTransport({ database });
    await transport.connect(runtime);
    const feed = await transport.open(request);
    const rows = [testEvent('a0', { subject: 'a' }), testEvent('a1', { subject: 'a', priority: 'low' }), testEvent('a2', { subject: 'a' })];
    await database.write({
      name: 'outside',
      statements: rows.map(({ json, event }) => ({
        sql: 'INSERT INTO bus_events (source, id, type, stored_at, body) VALUES (?, ?, ?, 0, ?)',
        values: ['outside', event.id, event.type, json],
      })),
    });
    expect(idsOf(await feed.receive(10, 0, never))).toEqual(['a0', 'a1']);
  });
});

/** Members with a database each, of which each may fall silent at any time, on a clock that jumps past leases. */
it.each([1, 2, 3, 4])(
  'no two members hold a key and none comes out of order, whatever members do (seed %i)',
  { timeout: 120_000 },
  async (seed) => {
    const folder = await mkdtemp(join(tmpdir(), 'tutti-order-'));
    const random = seededRandom(seed);
    const runtime = testRuntime();
    const databases: SqliteDatabase[] = [];
    const join_ = async (): Promise<OutboxFeed> => {
      const database = sqliteDatabase({ path: join(folder, 'bus.db') });
      databases.push(database);
      await database.start();
      const transport = sqliteTransport({ database });
      await transport.connect(runtime);
      return transport.open(request);
    };
    try {
      const feeds = [await join_(), await join_(), await join_()];
      const publisher = sqliteTransport({ database: databases[0] as SqliteDatabase });
      await publisher.connect(runtime);
      const keys = ['a', 'b', 'c', 'd', 'e'];
      const count = 150;
      const stored = Array.from({ length: count }, (_, index) =>
        testEvent(`${index}`, {
          subject: keys[Math.floor(random() * keys.length)] as string,
          ...(random() < 0.2 && { priority: random() < 0.5 ? 'high' : 'low' }),
        }),
      );
      const keyOf = (id: string): string => `${stored[Number(id)]?.event.subject} ${stored[Number(id)]?.event.priority}`;
      let appended = 0;
      const settled: string[] = [];
      const held: { readonly feed: OutboxFeed; readonly delivery: Delivery; readonly at: number }[] = [];
      for (let turn = 0; settled.length < count; turn++) {
        expect(turn).toBeLessThan(5_000);
        if (appended < count) {
          const batch = stored.slice(appended, appended + 1 + Math.floor(random() * 8));
          await publisher.append(batch);
          appended += batch.length;
        }
        const feed = feeds[Math.floor(random() * feeds.length)] as OutboxFeed;
        const deliveries = await feed.receive(1 + Math.floor(random() * 4), 0, never);
        for (const delivery of deliveries) {
          const key = keyOf(idOf(delivery));
          const living = held.filter((each) => each.at > runtime.clock.now() - request.leaseMs && keyOf(idOf(each.delivery)) === key);
          expect(living.map((each) => idOf(each.delivery))).toEqual([]);
          held.push({ feed, delivery, at: runtime.clock.now() });
        }
        const chance = random();
        if (chance < 0.1) await runtime.clock.advance(request.leaseMs);
        else if (held.length > 0) {
          const [one] = held.splice(Math.floor(random() * held.length), 1);
          const { receipt } = (one as (typeof held)[number]).delivery;
          const kinds: Outcome[] = [
            { kind: 'ack', receipt },
            { kind: 'ack', receipt },
            { kind: 'release', receipt },
            { kind: 'retry', receipt, delayMs: 300 },
          ];
          const outcome = kinds[Math.floor(random() * kinds.length)] as Outcome;
          const [accepted] = await (one as (typeof held)[number]).feed.settle([outcome]);
          if (accepted && outcome.kind === 'ack') settled.push(idOf((one as (typeof held)[number]).delivery));
        }
      }
      for (const key of new Set(settled.map(keyOf))) {
        const ids = settled.filter((id) => keyOf(id) === key).map(Number);
        expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      }
      expect(new Set(settled).size).toBe(count);
    } finally {
      await Promise.all(databases.map((database) => database.stop()));
      await rm(folder, { recursive: true });
    }
  },
);
