import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { type RedisServer, startRedis } from '../../../../tools/services/redis.ts';
import { type RedisConnection, redisConnection, redisLease } from '../../src/adapters/redis.ts';
import type { HeldLease, Lease } from '../../src/index.ts';
import { type SqliteDatabase, sqliteDatabase, sqliteLease } from '../../src/sqlite/index.ts';
import { eventually } from '../../src/testing/index.ts';
import { type Child, startChild } from '../sqlite/child.ts';

/** The lease's time in lease-holder.ts. */
const ttlMs = 500;

interface House {
  readonly database: SqliteDatabase;
  readonly lease: Lease;
  hold(care: 'fence' | 'held' | 'none'): Child;
  leave(): Promise<void>;
}

async function move(redis?: { readonly url: string; readonly connection: RedisConnection }): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-lease-'));
  const path = join(folder, 'lease.db');
  const database = sqliteDatabase({ path });
  await database.start();
  await database.migrate('resource', [
    'CREATE TABLE resource (owner TEXT, fence INTEGER NOT NULL)',
    'INSERT INTO resource VALUES (NULL, 0)',
  ]);
  return {
    database,
    lease: redis ? redisLease({ connection: redis.connection }) : sqliteLease({ database }),
    hold: (care) => startChild('../keyed/lease-holder.ts', redis ? [care, path, redis.url] : [care, path]),
    async leave() {
      await database.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A holder is stopped for longer than its lease, another one takes over and writes, and then the first is woken. Who owns the row? */
async function takeOver({ database, lease, hold }: House, care: 'fence' | 'held' | 'none'): Promise<{ owner: unknown; said: string }> {
  const old = hold(care);
  let taken: HeldLease | undefined;
  try {
    await old.said(1);
    const [, fence] = (old.lines[0] ?? '').split(' ');
    old.say('stop');
    taken = await eventually('the lease ran out', () => lease.tryAcquire('job', 60_000));
    expect(taken.fence).toBeGreaterThan(Number(fence));
    const statements = [{ sql: "UPDATE resource SET owner = 'new', fence = ?", values: [taken.fence], expectedRows: 1 }];
    await database.write({ name: 'resource.write', statements });
    process.kill(old.pid ?? 0, 'SIGCONT');
    await old.said(2);
    const [row] = await database.read('SELECT owner FROM resource');
    return { owner: row?.['owner'], said: old.lines[1] ?? (await old.ended).errors };
  } finally {
    if (!old.over) {
      process.kill(old.pid ?? 0, 'SIGCONT');
      await old.kill();
    }
    await taken?.release();
  }
}

function suite(house: () => House): void {
  it('a holder that was stopped cannot overwrite its successor: the fence refuses it', async () => {
    expect(await takeOver(house(), 'fence')).toEqual({ owner: 'new', said: 'refused' });
  });

  it('it notices by its own clock that the lease is over, before it writes', async () => {
    expect(await takeOver(house(), 'held')).toEqual({ owner: 'new', said: 'noticed' });
  });

  it('without either it does the damage (control)', async () => {
    expect(await takeOver(house(), 'none')).toEqual({ owner: 'old', said: 'went on' });
  });

  it('the lease of a holder that was killed is free when its time is over, and not before', async () => {
    const { lease, hold } = house();
    const old = hold('held');
    await old.said(1);
    await old.kill();
    const killedAt = performance.now();
    expect(await lease.tryAcquire('job', ttlMs)).toBeUndefined();
    const taken = await eventually('the lease ran out', () => lease.tryAcquire('job', ttlMs));
    expect(performance.now() - killedAt).toBeLessThan(ttlMs * 3);
    await taken.release();
  });
}

describe('a lease in SQLite', () => {
  let house: House;
  beforeAll(async () => {
    house = await move();
  });
  afterAll(() => house.leave());
  suite(() => house);
});

describeWith('redis-server', 'a lease in Redis', () => {
  let server: RedisServer;
  let connection: RedisConnection;
  let house: House;
  beforeAll(async () => {
    server = await startRedis();
    connection = redisConnection({ url: server.url });
    await connection.start();
    house = await move({ url: server.url, connection });
  });
  afterAll(async () => {
    await house.leave();
    await connection.stop();
    await server.stop();
  });
  suite(() => house);
});
