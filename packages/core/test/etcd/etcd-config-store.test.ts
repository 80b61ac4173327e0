import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EtcdServer, startEtcd } from '../../../../tools/services/etcd.ts';
import { describeWith } from '../../../../tools/services/needs.ts';
import { type EtcdConnection, etcdConfigStore, etcdConnection } from '../../src/adapters/etcd.ts';
import { type ConfigStore, defaultRuntime, silentLogger } from '../../src/index.ts';
import { checkLaws, configStoreLaws, eventually } from '../../src/testing/index.ts';

const runtime = { ...defaultRuntime, logger: silentLogger };

describeWith('etcd', 'the config store in etcd', () => {
  let server: EtcdServer;
  let connection: EtcdConnection;
  let law = 0;
  beforeAll(async () => {
    server = await startEtcd();
    connection = etcdConnection({ hosts: [server.url], runtime });
    await connection.start();
  }, 40_000);
  afterAll(async () => {
    await connection?.stop();
    await server?.stop();
  });
  const storeAt = (prefix: string, through = connection): ConfigStore =>
    etcdConfigStore({ connection: through, prefix, maxHistory: 5, maxValueBytes: 1_000, runtime });
  const keysUnder = async (prefix: string): Promise<readonly string[]> =>
    (await connection.range({ prefix: `${connection.keyPrefix}${prefix}` })).entries.map(({ key }) => key);

  checkLaws(it, configStoreLaws, () => {
    const prefix = `law ${law++}/`;
    return { store: storeAt(prefix), other: storeAt(prefix) };
  });

  it('keeps no more of a key than its history', async () => {
    const store = storeAt('bounded/');
    for (let revision = 0; revision < 20; revision++) await store.put('k', revision, revision, 'ada');
    expect(await keysUnder('bounded/')).toEqual([
      'tutti/bounded/at/k',
      ...[16, 17, 18, 19, 20].map((revision) => `tutti/bounded/entry/k/00000000000000${revision}`),
    ]);
  });

  it('rolls back also while others write', async () => {
    const store = storeAt('busy/');
    await store.put('k', 'first', 0, 'ada');
    const [back] = await Promise.all([
      store.rollback('k', 1, 'ben'),
      ...[1, 2, 3].map((revision) => store.put('k', revision, revision, 'eve').catch(() => undefined)),
    ]);
    expect(back.value).toBe('first');
    const history = await store.history('k', 9);
    expect(history.map(({ revision }) => revision)).toEqual(Array.from(history, (_, index) => history.length - index));
  });

  it('hears of a write whose event was lost by looking now and then', async () => {
    const deaf = Object.create(connection, { watch: { value: () => new Promise(() => {}) } }) as EtcdConnection;
    const store = etcdConfigStore({ connection: deaf, prefix: 'deaf/', lookEvery: '50ms', runtime });
    const heard: number[] = [];
    const off = store.watch('k', ({ revision }) => heard.push(revision));
    await store.put('k', 1, 0, 'ada');
    await eventually('the first was heard', () => heard.at(-1) === 1);
    await store.put('k', 2, 1, 'ada');
    await eventually('the second was heard', () => heard.at(-1) === 2);
    off();
  });
});

describeWith('etcd', 'configuration in an etcd that goes and comes back', () => {
  it('leaves watches their last good value, and goes on where it was', async () => {
    const server = await startEtcd();
    const connection = etcdConnection({ hosts: [server.url], runtime, commandTimeout: '500ms' });
    try {
      await connection.start();
      const store = etcdConfigStore({ connection, lookEvery: '1h', runtime });
      const heard: unknown[] = [];
      const off = store.watch('k', ({ value }) => heard.push(value));
      await store.put('k', 'before', 0, 'ada');
      await eventually('the first was heard', () => heard.at(-1) === 'before');

      await server.kill();
      await expect(store.get('k')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', details: { sent: false } });
      await expect(store.put('k', 'lost', 1, 'ada')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(heard).toEqual(['before']);

      await server.restart();
      await eventually('it is back', () => store.put('k', 'after', 1, 'ben'));
      // by its watch: it looks without one in an hour
      await eventually('the second was heard', () => heard.at(-1) === 'after');
      expect((await store.history('k', 9)).map(({ value }) => value)).toEqual(['after', 'before']);
      off();
    } finally {
      await connection.stop();
      await server.stop();
    }
  });
});
