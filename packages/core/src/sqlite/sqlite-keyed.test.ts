import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkLaws, keyValueLaws, leaseLaws, testRuntime } from '../testing/index.ts';
import { sqliteDatabase } from './sqlite-database.ts';
import { sqliteKeyValue } from './sqlite-key-value.ts';
import { sqliteLease } from './sqlite-lease.ts';

describe('a key-value store in SQLite', () => {
  checkLaws(it, keyValueLaws, async () => {
    const runtime = testRuntime();
    const database = sqliteDatabase({ path: ':memory:', runtime });
    await database.start();
    const make = (): ReturnType<typeof sqliteKeyValue> => sqliteKeyValue({ database, runtime });
    return { store: make(), other: make(), pass: (ms) => runtime.clock.advance(ms), dispose: () => database.stop() };
  });

  it('removes what has expired as others are written', async () => {
    const runtime = testRuntime();
    await using database = sqliteDatabase({ path: ':memory:', runtime });
    await database.start();
    const store = sqliteKeyValue({ database, runtime });
    for (let key = 0; key < 500; key++) await store.set(`old ${key}`, new Uint8Array(1), 1_000);
    await runtime.clock.advance(1_000);
    for (let key = 0; key < 300; key++) await store.set(`new ${key}`, new Uint8Array(1), 1_000);
    expect(await database.read('SELECT count(*) AS count FROM key_values')).toEqual([{ count: 300 }]);
  });
});

describe('leases in SQLite', () => {
  checkLaws(it, leaseLaws, async () => {
    const runtime = testRuntime();
    const database = sqliteDatabase({ path: ':memory:', runtime });
    await database.start();
    const make = (): ReturnType<typeof sqliteLease> => sqliteLease({ database, runtime });
    return { lease: make(), other: make(), pass: (ms) => runtime.clock.advance(ms), dispose: () => database.stop() };
  });

  it('go on above the fences of before when the file is opened again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tutti-leases-'));
    const fences: number[] = [];
    for (let time = 0; time < 3; time++) {
      const database = sqliteDatabase({ path: join(folder, 'leases.db') });
      await database.start();
      const held = await sqliteLease({ database }).tryAcquire('job', 60_000);
      fences.push(held?.fence ?? 0);
      await held?.release();
      await database.stop();
    }
    await rm(folder, { recursive: true });
    expect(fences).toEqual([1, 2, 3]);
  });
});
