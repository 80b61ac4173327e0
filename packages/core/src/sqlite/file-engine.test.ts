import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WriteSet } from '../index.ts';
import { eventually, testRuntime } from '../testing/index.ts';
import { Connection } from './connection.ts';
import type { SqliteDatabase } from './database.ts';
import { sqliteDatabase } from './sqlite-database.ts';

let folder: string;
let path: string;
let database: SqliteDatabase;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-engine-'));
  path = join(folder, 'kept.db');
  database = sqliteDatabase({ path, busyTimeout: '200ms' });
});
afterEach(async () => {
  await database.stop();
  await rm(folder, { recursive: true });
});

const keep = (size: number): WriteSet => ({
  name: 'keep',
  statements: [{ sql: 'INSERT INTO kept VALUES (?)', values: ['x'.repeat(size)], expectedRows: 1 }],
});
const limitPages = (pages: number): WriteSet => ({ name: 'limit', statements: [{ sql: `PRAGMA max_page_count = ${pages}`, values: [] }] });
const kept = async (): Promise<unknown> => (await database.read('SELECT count(*) AS held FROM kept'))[0]?.['held'];

async function started(): Promise<void> {
  await database.start();
  await database.migrate('kept', ['CREATE TABLE kept (words TEXT)']);
}

describe('a file that cannot be written', () => {
  it('because it is something else is refused at the start, and taken once it is out of the way', async () => {
    await writeFile(path, 'a letter to a friend '.repeat(100));
    await expect(database.start()).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      details: { store: path, problem: expect.stringMatching(/^the file is no SQLite database; name another one or move it away/) },
    });
    expect(database.state).toBe('failed');
    await rm(path);
    await started();
    await database.write(keep(1));
    expect(await kept()).toBe(1);
  });

  it('because the disk is full takes what fits and refuses the rest, set by set, until there is room', async () => {
    await started();
    await database.write(limitPages(10));
    const sizes = Array.from({ length: 20 }, (_, index) => (index % 4 === 3 ? 40_000 : 100));
    const settled = await Promise.allSettled(sizes.map((size) => database.write(keep(size))));
    expect(settled.map(({ status }) => status)).toEqual(sizes.map((size) => (size > 100 ? 'rejected' : 'fulfilled')));
    expect(settled[3]).toMatchObject({
      reason: {
        code: 'STORE_UNAVAILABLE',
        retryable: true,
        message: expect.stringMatching(/kept\.db cannot be used now: the disk or the quota is full; make room/),
      },
    });
    expect(await kept()).toBe(15);
    await expect(database.write(keep(40_000))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await database.health()).toEqual({
      status: 'degraded',
      reason: expect.stringContaining('the last write was refused: the disk or the quota is full'),
    });
    await database.write(limitPages(1_000));
    await database.write(keep(40_000));
    expect(await database.health()).toEqual({ status: 'healthy' });
  });

  it('because it was moved away takes nothing, as nobody would find it', async () => {
    await started();
    await rename(path, `${path}.old`);
    await expect(database.write(keep(1))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('moved, replaced or removed'),
    });
    await expect(database.migrate('more', ['CREATE TABLE more (id)'])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await rename(`${path}.old`, path);
    await database.write(keep(1));
    expect(await kept()).toBe(1);
  });

  it('because another process keeps it locked is waited for, within bounds and without stopping this thread', async () => {
    await started();
    const other = new Connection(path, { readOnly: false });
    other.begin();
    let turns = 0;
    const turning = setInterval(() => turns++, 5);
    const refused = database.write(keep(1));
    await expect(refused).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('other processes kept it locked'),
    });
    expect(turns).toBeGreaterThan(5);
    const waiting = database.write(keep(2));
    other.rollback();
    other.close();
    await waiting;
    clearInterval(turning);
    expect(await kept()).toBe(1);
  });

  it('because it is damaged says so to who reads', async () => {
    await started();
    await Promise.all(Array.from({ length: 50 }, () => database.write(keep(3_000))));
    await database.stop();
    await writeFile(path, (await readFile(path)).fill(7, 4_096));
    database = sqliteDatabase({ path });
    await database.start();
    await expect(database.read('SELECT * FROM kept')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('the file is damaged'),
    });
  });
});

describe('what stopping leaves', () => {
  it('is one file, with everything in it', async () => {
    await started();
    await database.write(keep(1));
    expect((await readFile(`${path}-wal`)).length).toBeGreaterThan(0);
    await database.stop();
    for (const companion of ['-wal', '-shm']) await expect(readFile(`${path}${companion}`)).rejects.toMatchObject({ code: 'ENOENT' });
    database = sqliteDatabase({ path });
    await database.start();
    expect(await kept()).toBe(1);
  });
});

describe('two databases of one process over one file', () => {
  it('hear and read each other', async () => {
    await started();
    const runtime = testRuntime();
    await using other = sqliteDatabase({ path, runtime });
    await other.start();
    let rings = 0;
    other.onCommit(() => rings++);
    await database.write(keep(1));
    await eventually('a ring through the doorbell, as the clock of the other stands still', () => rings > 0);
    expect(await other.read('SELECT count(*) AS held FROM kept')).toEqual([{ held: 1 }]);
  });
});

describe('a caller that does not wait for its writes', () => {
  it('is refused at once beyond the bound, and all that was taken on is written', async () => {
    await database.stop();
    database = sqliteDatabase({ path, maxPendingSets: 50 });
    await started();
    const settled = await Promise.allSettled(Array.from({ length: 200 }, () => database.write(keep(1))));
    expect(settled.map(({ status }) => status)).toEqual(Array.from(settled, (_, index) => (index < 50 ? 'fulfilled' : 'rejected')));
    expect(settled[50]).toMatchObject({ reason: { code: 'OVERLOADED', retryable: true, details: { limit: 50 } } });
    expect(await kept()).toBe(50);
    await database.write(keep(1));
  });
});
