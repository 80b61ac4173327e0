import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkLaws, sqliteLaws, testRuntime } from '../testing/index.ts';
import { sqliteDatabase } from './sqlite-database.ts';

describe('a database over a file', () => {
  checkLaws(it, sqliteLaws, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tutti-sqlite-'));
    const database = sqliteDatabase({ path: join(folder, 'law.db') });
    await database.start();
    return {
      database,
      async dispose() {
        await database.stop();
        await rm(folder, { recursive: true });
      },
    };
  });
});

describe('a database in memory, on a clock that stands still', () => {
  checkLaws(it, sqliteLaws, async () => {
    const database = sqliteDatabase({ path: ':memory:', runtime: testRuntime() });
    await database.start();
    return { database, dispose: () => database.stop() };
  });
});

describe('its options', () => {
  it('are checked before anything is touched', () => {
    expect(() => sqliteDatabase({ path: '' })).toThrow("sqliteDatabase.path must be a non-empty string, got ''");
    expect(() => sqliteDatabase({ path: 'x.db', busyTimeout: 5 as never })).toThrow('sqliteDatabase.busyTimeout must be a duration');
    expect(() => sqliteDatabase({ path: 'x.db', pth: 1 } as never)).toThrow(
      'sqliteDatabase.pth is not an option; known are path, busyTimeout, maxPendingSets, maxPendingBytes, runtime',
    );
  });
});
