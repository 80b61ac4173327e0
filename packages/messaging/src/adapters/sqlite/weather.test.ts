import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SqliteDatabase, sqliteDatabase } from '@tutti/core/sqlite';
import { eventually, testRuntime } from '@tutti/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { idsOf, never, take, testEvent, testEvents } from '../../testing/event-transport-subject.ts';
import type { Delivery, SubscriptionRequest } from '../../transport/event-transport.ts';
import type { OutboxFeed, OutboxTransport } from '../../transport/outbox-transport.ts';
import { sqliteTransport } from '../sqlite.ts';

const request: SubscriptionRequest = { group: 'g', pattern: '**', from: 'now', leaseMs: 60_000, ordered: false, inbox: undefined };
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

interface Member {
  readonly path: string;
  readonly database: SqliteDatabase;
  readonly transport: OutboxTransport;
  readonly feed: OutboxFeed;
}

async function member(): Promise<Member> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-weather-'));
  undo.push(() => rm(folder, { recursive: true }));
  const path = join(folder, 'bus.db');
  const database = sqliteDatabase({ path, busyTimeout: '50ms' });
  await database.start();
  undo.push(() => database.stop());
  const transport = sqliteTransport({ database });
  await transport.connect(testRuntime());
  return { path, database, transport, feed: await transport.open(request) };
}

/** Keeps the file locked, in the thread of another database, for a second or more: as long as it takes to count so far. */
async function lock(path: string): Promise<() => Promise<void>> {
  const outsider = sqliteDatabase({ path });
  await outsider.start();
  undo.push(() => outsider.stop());
  const sql = 'WITH RECURSIVE far(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM far WHERE n < 10000000) SELECT count(*) AS far FROM far';
  const locked = outsider.write({ name: 'test.lock', statements: [{ sql, values: [] }] });
  const probe = sqliteDatabase({ path, busyTimeout: '1ms' });
  await probe.start().catch(() => undefined);
  undo.push(() => probe.stop());
  await eventually('the file is locked', () =>
    probe.write({ name: 'test.probe', statements: [{ sql: 'SELECT 1', values: [] }] }).then(
      () => undefined,
      () => true,
    ),
  );
  return async () => void (await locked);
}

const unavailable = { code: 'STORE_UNAVAILABLE' };

/** Refuses everything that writes, keeps what was acknowledged, and goes on with the same objects. */
async function refusedMeanwhile({ transport, feed }: Member, begin: () => Promise<void>, end: () => Promise<void>): Promise<void> {
  await transport.append(testEvents(4));
  const [held, other] = (await take(feed, 2)) as [Delivery, Delivery];
  await begin();
  await expect(transport.append([testEvent('meanwhile', { data: 'x'.repeat(100_000) })])).rejects.toMatchObject(unavailable);
  await expect(feed.settle([{ kind: 'ack', receipt: held.receipt }])).rejects.toMatchObject(unavailable);
  await expect(feed.commit(other.receipt, transport.outbox([testEvent('effect', { data: 'x'.repeat(100_000) })]))).rejects.toMatchObject(
    unavailable,
  );
  await expect(feed.receive(10, 0, never)).rejects.toMatchObject(unavailable);
  await end();
  expect(await feed.settle([{ kind: 'ack', receipt: held.receipt }])).toEqual([true]);
  expect(await feed.commit(other.receipt, transport.outbox([testEvent('effect')]))).toBe(true);
  expect(await transport.append([testEvent('meanwhile')])).toEqual([false]);
  expect(idsOf(await take(feed, 4))).toEqual(['e2', 'e3', 'effect', 'meanwhile']);
}

describe('a bus on a database that cannot be written for a while', () => {
  it('because another process keeps it locked, says so soon and goes on later', async () => {
    const one = await member();
    let unlock = async (): Promise<void> => undefined;
    await refusedMeanwhile(
      one,
      async () => {
        unlock = await lock(one.path);
      },
      () => unlock(),
    );
  });

  it('lets a member that leaves meanwhile end, and others have what it held when its lease is over', async () => {
    const one = await member();
    await one.transport.append(testEvents(1));
    await take(one.feed, 1);
    const unlock = await lock(one.path);
    await expect(one.feed.close()).rejects.toMatchObject(unavailable);
    await unlock();
    expect((await one.transport.stats())[0]).toMatchObject({ running: 1, waiting: 0 });
  });
});

describe('a bus on a full database', () => {
  it('refuses what does not fit, and goes on when there is room', async () => {
    const one = await member();
    const limit = async (pages: number): Promise<void> =>
      void (await one.database.write({ name: 'test.limit', statements: [{ sql: `PRAGMA max_page_count = ${pages}`, values: [] }] }));
    await one.transport.append(testEvents(2));
    await take(one.feed, 2);
    await limit(1); // never below what the file has
    await expect(one.transport.append([testEvent('large', { data: 'x'.repeat(100_000) })])).rejects.toMatchObject(unavailable);
    await limit(1_000_000);
    expect(await one.transport.append([testEvent('large', { data: 'x'.repeat(100_000) })])).toEqual([false]);
    expect(idsOf(await take(one.feed, 1))).toEqual(['large']);
  });
});
