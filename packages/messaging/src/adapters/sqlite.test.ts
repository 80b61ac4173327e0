import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Statement } from '@tutti/core';
import { type SqliteDatabase, sqliteDatabase } from '@tutti/core/sqlite';
import { checkLaws, eventually, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { events, placed } from '../../test/shop.ts';
import { EventBus } from '../bus/event-bus.ts';
import { eventTransportLaws } from '../testing/event-transport-laws.ts';
import type { EventTransportSubject } from '../testing/event-transport-subject.ts';
import { type SqliteTransportOptions, sqliteTransport } from './sqlite.ts';

const injected = (type: string, text: string): Statement => ({
  sql: 'INSERT INTO bus_events (source, id, type, stored_at, body) VALUES (?, ?, ?, 0, ?)',
  values: ['outside', randomUUID(), type, text],
});

const writeTo =
  (database: SqliteDatabase) =>
  async (statements: readonly Statement[]): Promise<void> =>
    void (await database.write({ name: 'test.commit', statements }));

/** Leases and delays on a manual clock; what the disk and the doorbell take is real. */
const onManualClock = (): Pick<EventTransportSubject, 'runtime' | 'leaseMs' | 'pass'> => {
  const runtime = testRuntime();
  return { runtime, leaseMs: 15_000, pass: (ms) => runtime.clock.advance(ms) };
};

async function inMemory(): Promise<EventTransportSubject> {
  const database = sqliteDatabase({ path: ':memory:' });
  await database.start();
  return {
    ...onManualClock(),
    member: () => sqliteTransport({ database }),
    commit: writeTo(database),
    inject: (type, text) => writeTo(database)([injected(type, text)]),
    dispose: () => database.stop(),
  };
}

/** Every member has a writer thread and a reader of its own, as processes have. */
async function onFile(): Promise<EventTransportSubject> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-bus-'));
  const databases: SqliteDatabase[] = [];
  const open = (): SqliteDatabase => {
    const database = sqliteDatabase({ path: join(folder, 'bus.db') });
    databases.push(database);
    return database;
  };
  const commit = async (statements: readonly Statement[]): Promise<void> => {
    const outsider = open();
    await outsider.start();
    await writeTo(outsider)(statements);
  };
  return {
    ...onManualClock(),
    member() {
      const database = open();
      const transport = sqliteTransport({ database });
      return { ...transport, connect: async (runtime) => database.start().then(() => transport.connect(runtime)) };
    },
    commit,
    inject: (type, text) => commit([injected(type, text)]),
    async restart() {
      await Promise.all(databases.map((database) => database.stop()));
    },
    async dispose() {
      await Promise.all(databases.map((database) => database.stop()));
      await rm(folder, { recursive: true });
    },
  };
}

describe('the sqlite transport in memory', () => {
  checkLaws(it, eventTransportLaws, inMemory, sqliteTransport({ path: ':memory:' }).capabilities);
});

describe('the sqlite transport on a file that members share', () => {
  checkLaws(it, eventTransportLaws, onFile, sqliteTransport({ path: 'bus.db' }).capabilities);
});

describe('the outbox of a bus on sqlite', () => {
  async function ledger() {
    const database = sqliteDatabase({ path: ':memory:' });
    await database.start();
    await database.migrate('test', ['CREATE TABLE orders (id TEXT PRIMARY KEY)']);
    const bus = new EventBus({ events, transport: sqliteTransport({ database }), runtime: testRuntime() });
    await bus.start();
    const heard: string[] = [];
    bus.subscribe('order.placed', ({ data }) => void heard.push(data.orderId), 'billing');
    /** An order and its event in one commit. */
    const place = async (orderId: string): Promise<void> => {
      const { statements } = await bus.outbox(placed(orderId));
      const order: Statement = { sql: 'INSERT OR IGNORE INTO orders VALUES (?)', values: [orderId], expectedRows: 1 };
      await database.write({ name: 'order.place', statements: [order, ...statements] });
    };
    return { heard, place };
  }

  it('delivers an event that was committed with the change it tells of, and not one that was not', async () => {
    const { heard, place } = await ledger();
    await place('o-1');
    await expect(place('o-1')).rejects.toMatchObject({ code: 'WRITE_CONFLICT' });
    await place('o-2');
    await eventually('both orders are heard', () => heard.length === 2);
    expect(heard).toEqual(['o-1', 'o-2']);
  });

  it('refuses what publish would refuse', async () => {
    const { place } = await ledger();
    await expect(place('')).rejects.toMatchObject({ code: 'INVALID_DATA' });
  });
});

describe('the options of the sqlite transport', () => {
  it.each([
    ['neither a path nor a database', {}, 'sqliteTransport'],
    ['both', { path: 'a.db', database: sqliteDatabase({ path: 'b.db' }) }, 'sqliteTransport'],
    ['an empty path', { path: '' }, 'sqliteTransport.path'],
    ['a database that is none', { database: {} }, 'sqliteTransport.database'],
    ['a bad retention', { path: 'a.db', retention: { maxEvents: 1.5 } }, 'sqliteTransport.retention.maxEvents'],
  ])('refuse %s', (_what, options, path) => {
    expect(() => sqliteTransport(options as SqliteTransportOptions)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });
});
