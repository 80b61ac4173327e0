import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../runtime/logger.ts';
import { defaultRuntime } from '../runtime/runtime.ts';
import { checkLaws, configStoreLaws, testRuntime } from '../testing/index.ts';
import { sqliteConfigStore } from './sqlite-config-store.ts';
import { sqliteDatabase } from './sqlite-database.ts';

const small = { maxHistory: 5, maxValueBytes: 1_000 };

describe('the config store in SQLite, on a clock that stands still', () => {
  checkLaws(it, configStoreLaws, async () => {
    const runtime = testRuntime();
    const database = sqliteDatabase({ path: ':memory:', runtime });
    await database.start();
    const make = () => sqliteConfigStore({ database, runtime, ...small });
    return { store: make(), other: make(), dispose: () => database.stop() };
  });
});

describe('the config store in an SQLite file, through two connections', () => {
  checkLaws(it, configStoreLaws, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tutti-config-'));
    const databases = [1, 2].map(() => sqliteDatabase({ path: join(folder, 'config.db') }));
    const stores = [];
    for (const database of databases) {
      await database.start();
      stores.push(sqliteConfigStore({ database, runtime: { ...defaultRuntime, logger: silentLogger }, ...small }));
    }
    const [store, other] = stores as [ReturnType<typeof sqliteConfigStore>, ReturnType<typeof sqliteConfigStore>];
    return {
      store,
      other,
      async dispose() {
        for (const database of databases) await database.stop();
        await rm(folder, { recursive: true });
      },
    };
  });

  it('keeps entries and history across a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tutti-config-'));
    const lives: unknown[] = [];
    for (let life = 0; life < 2; life++) {
      const database = sqliteDatabase({ path: join(folder, 'config.db') });
      await database.start();
      const store = sqliteConfigStore({ database });
      await store.put('k', { life }, life, 'ada');
      lives.push((await store.history('k', 9)).map(({ value }) => value));
      await database.stop();
    }
    expect(lives).toEqual([[{ life: 0 }], [{ life: 1 }, { life: 0 }]]);
    await rm(folder, { recursive: true });
  });

  it('refuses wrong options and passes on that the database is not running', async () => {
    const database = sqliteDatabase({ path: ':memory:' });
    expect(() => sqliteConfigStore({ database, lookEvery: 5 as unknown as '5s' })).toThrow(
      'sqliteConfigStore.lookEvery must be a duration',
    );
    expect(() => sqliteConfigStore({} as { database: typeof database })).toThrow('sqliteConfigStore.database is missing');
    await expect(sqliteConfigStore({ database }).get('k')).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });
});
