import { eventually } from '@tutti/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { type PostgresServer, startPostgres } from '../../../tools/services/postgres.ts';
import { type PostgresStoreOptions, postgresStore } from '../src/adapters/postgres.ts';
import { by, entry, held, loaded, newSaga } from '../src/testing/saga-store-subject.ts';
import { poolOf, quiet } from './postgres-place.ts';

describeWith('postgres', 'opening a store in Postgres', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres(['fsync=off', 'full_page_writes=off']);
  }, 60_000);
  afterAll(() => server.stop());

  /** A database of its own, with settings. */
  async function database(name: string, ...settings: readonly string[]): Promise<string> {
    const url = await server.createDatabase(name);
    const pool = await poolOf(url, 1);
    for (const setting of settings) await pool.query(`ALTER DATABASE ${name} SET ${setting}`);
    await pool.end();
    return url;
  }
  const open = async (options: PostgresStoreOptions) => {
    const store = postgresStore(options);
    try {
      return await store.open(quiet);
    } finally {
      await store.close();
    }
  };

  it('says what is weak about the settings', async () => {
    const strong = await open({ url: await database('strong') });
    expect(strong.warnings.map(({ name }) => name)).toEqual(['postgres-fsync-off', 'postgres-full-page-writes-off']);
    expect(strong.acknowledged).toMatch(/a crash of its machine may lose everything/);
    const weak = await open({ url: await database('weak', 'synchronous_commit = off') });
    expect(weak.warnings.map(({ name }) => name)).toContain('postgres-synchronous-commit-off');
    expect(weak.acknowledged).toMatch(/acknowledged before they are on the disk/);
  });

  it('refuses what is read-only, made by a newer version, or not allowed', async () => {
    const readOnly = await database('read_only', 'default_transaction_read_only = on');
    await expect(open({ url: readOnly })).rejects.toMatchObject({
      code: 'STORE_UNSUPPORTED',
      message: expect.stringContaining('read-only'),
    });
    const newer = await database('newer');
    await open({ url: newer });
    const pool = await poolOf(newer, 1);
    await pool.query('UPDATE tutti.migrations SET steps = 1000');
    await expect(open({ url: newer })).rejects.toMatchObject({
      code: 'STORE_UNSUPPORTED',
      message: expect.stringContaining('newer version'),
    });
    await pool.query('CREATE ROLE guest LOGIN');
    await expect(open({ url: newer.replace('postgres@', 'guest@'), schema: 'mine' })).rejects.toMatchObject({
      code: 'STORE_UNSUPPORTED',
      message: expect.stringContaining('permission denied'),
    });
    await pool.end();
  });

  it('says that nobody is there, and may be asked again', async () => {
    for (const url of ['postgres://127.0.0.1:1/none', `postgres://postgres@127.0.0.1:${server.port}/nowhere`])
      await expect(open({ url })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true, details: { sent: false } });
    const closed = postgresStore({ url: server.url });
    await closed.close();
    await expect(closed.create(newSaga('a'))).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });

  it('makes the tables once, also when many come at the same time, and needs no right where they are', async () => {
    const url = await database('many');
    const stores = Array.from({ length: 5 }, () => postgresStore({ url }));
    await Promise.all(stores.map((store) => store.open(quiet)));
    await Promise.all(stores.map((store) => store.close()));
    const pool = await poolOf(url, 1);
    await pool.query('CREATE ROLE worker LOGIN');
    await pool.query('GRANT USAGE ON SCHEMA tutti TO worker');
    await pool.query('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tutti TO worker');
    await pool.query('GRANT USAGE ON ALL SEQUENCES IN SCHEMA tutti TO worker');
    await pool.end();
    const store = postgresStore({ url: url.replace('postgres@', 'worker@') });
    await store.open(quiet);
    await store.checkpoint(by('one', await held(store, 'a'), { entries: [entry(2, 'done')] }));
    await store.close();
  });

  it('stores of two schemas share nothing', async () => {
    const url = await database('two');
    const [first, second] = [postgresStore({ url }), postgresStore({ url, schema: 'other' })];
    await Promise.all([first.open(quiet), second.open(quiet)]);
    await held(first, 'a');
    expect(await second.desk.load('a')).toBeUndefined();
    expect((await second.create(newSaga('a'))).created).toBe(true);
    await Promise.all([first.close(), second.close()]);
  });

  it('a server that becomes read-only refuses what is to be written, and takes it again afterwards', async () => {
    const url = await database('switched');
    const store = postgresStore({ url });
    await store.open(quiet);
    const mine = await held(store, 'a');
    const admin = await poolOf(server.url, 1);
    const turn = async (setting: 'on' | 'off'): Promise<void> => {
      await admin.query(`ALTER DATABASE switched SET default_transaction_read_only = ${setting}`);
      await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'switched'`);
    };
    await turn('on');
    const write = (seq: number): Promise<void> => store.checkpoint(by('one', mine, { entries: [entry(seq, 'done')] }));
    await eventually('it says why', () =>
      write(2).then(
        () => false,
        (error: Error) => error.message.includes('read-only'),
      ),
    );
    await expect(write(2)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    await turn('off');
    await eventually('it can be written to again', () => write(2).then(() => true));
    expect((await loaded(store, 'a')).entries.length).toBe(2);
    await store.close();
    await admin.end();
  });
});
