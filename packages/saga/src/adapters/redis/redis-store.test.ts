import { randomUUID } from 'node:crypto';
import { defaultRuntime, silentLogger } from '@tutti/core';
import { redisConnection } from '@tutti/core/redis';
import { eventually } from '@tutti/core/testing';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../../../../../tools/services/needs.ts';
import { type RedisServer, startRedis } from '../../../../../tools/services/redis.ts';
import type { SagaStore } from '../../store/saga-store.ts';
import { by, claim, entry, event, held, idsOf, loaded, newSaga, request } from '../../testing/saga-store-subject.ts';
import { type RedisStoreOptions, redisStore } from '../redis.ts';
import { checkpointArguments } from './write-arguments.ts';
import { writeScript } from './write-script.ts';

const runtime = { ...defaultRuntime, logger: silentLogger };
const finish = { name: 'finish', status: 'completed', entries: [entry(2, 'completed')] } as const;

describe('the options of the redis store', () => {
  it.each([
    ['no place', {}, 'redisStore'],
    ['two places', { url: 'redis://a', nodes: ['redis://b'] }, 'redisStore'],
    ['no URL', { url: 'http://a' }, 'redisConnection.url'],
    ['an unknown option', { url: 'redis://a', db: 3 }, 'redisStore.db'],
    ['a bad name', { url: 'redis://a', name: 7 }, 'redisStore.name'],
    ['a bare number for a time', { url: 'redis://a', commandTimeout: 5 }, 'redisStore.commandTimeout'],
    ['a wait for nobody', { url: 'redis://a', wait: { replicas: 0 } }, 'redisStore.wait.replicas'],
    ['a wait without a number', { url: 'redis://a', wait: {} }, 'redisStore.wait'],
    ['a wait of an unknown kind', { url: 'redis://a', wait: { replicas: 1, quorum: 2 } }, 'redisStore.wait.quorum'],
    ['a wait of no time', { url: 'redis://a', wait: { replicas: 1, timeout: 'soon' } }, 'redisStore.wait.timeout'],
  ])('refuse %s', (_what, options, path) => {
    expect(() => redisStore(options as RedisStoreOptions)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });

  it('say at the first moment that nobody is there, and a store that is closed says so', async () => {
    const store = redisStore({ url: 'redis://127.0.0.1:1' });
    await expect(store.claim({ worker: 'one', leaseMs: 1, max: 1, known: [] })).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    await expect(store.open(runtime)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.close();
  });
});

describeWith('redis-server', 'the redis store', () => {
  let server: RedisServer;
  let admin: Redis;
  const stores: SagaStore[] = [];
  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.url);
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });
  async function opened(options: Partial<RedisStoreOptions> = {}): Promise<SagaStore> {
    const place = options.connection || options.client ? {} : { url: server.url };
    const store = redisStore({ ...place, name: randomUUID(), ...options });
    stores.push(store);
    await store.open(runtime);
    return store;
  }

  it('takes the same finish again for the one it has, also when another has the saga by now', async () => {
    const store = await opened();
    await held(store, 'a', 'one', { lockKey: 'k' });
    const last = by('one', { id: 'a', fence: 1 }, { ...finish, events: [event('e')] });
    await store.checkpoint(last);
    const over = await loaded(store, 'a');
    await store.outbox.drop('one', ['e']);
    await store.checkpoint(last);
    expect([await loaded(store, 'a'), await store.outbox.take('one', 1_000, 10)]).toEqual([over, []]);
    for (const change of [{ status: 'compensated' as const }, { entries: [entry(2, 'failed')] }, { worker: 'two' }, { fence: 2 }])
      await expect(store.checkpoint({ ...last, ...change })).rejects.toMatchObject({ code: 'SAGA_FENCED' });

    await held(store, 'b');
    const back = by('one', { id: 'b', fence: 1 }, { dueAt: 0, entries: [entry(2, 'sleeping')] });
    await store.checkpoint(back);
    const { sagas } = await claim(store, 'two');
    await store.checkpoint(back);
    expect([idsOf(sagas), (await loaded(store, 'b')).owner]).toEqual([['b'], 'two']);
  });

  it('is open until the last of its users closes it', async () => {
    const store = await opened();
    await store.open(runtime);
    await store.create(newSaga('a'));
    await store.close();
    expect((await loaded(store, 'a')).status).toBe('running');
    await store.close();
    await expect(store.desk.load('a')).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    await store.open(runtime);
    expect((await loaded(store, 'a')).status).toBe('running');
  });

  it('lets a checkpoint that lay in the network for a while undo nothing', async () => {
    const name = randomUUID();
    const store = await opened({ name });
    const mine = await held(store, 'a');
    await store.checkpoint(by('one', mine, { status: 'compensating', entries: [entry(2, 'failed')] }));
    const late = by('one', mine, { entries: [entry(2, 'attempt-failed')] });
    const deliver = (number: number) =>
      admin.eval(writeScript.text, 1, `tutti:saga:{${name}}`, ...(checkpointArguments(late, number) as string[])) as Promise<unknown[]>;
    expect((await deliver(1))[2]).toBe(-1);
    expect([(await loaded(store, 'a')).status, (await loaded(store, 'a')).entries[1]?.what]).toEqual(['compensating', 'failed']);
    expect((await deliver(Number.MAX_SAFE_INTEGER))[2]).toBe(1); // control: without the number it would have been written
    expect((await loaded(store, 'a')).entries[1]?.what).toBe('attempt-failed');
    await expect(store.checkpoint(by('one', mine))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('keeps the same request once while nobody has answered it', async () => {
    const store = await opened();
    const mine = await held(store, 'a');
    expect(await store.desk.ask('a', request('cancel'), ['running'])).toBe('running');
    expect(await store.desk.ask('a', request('cancel'), ['running'])).toBe('running');
    expect((await loaded(store, 'a')).asked).toEqual([request('cancel')]);
    await store.checkpoint(by('one', mine, { answered: 1, entries: [entry(2, 'asked')] }));
    await store.desk.ask('a', request('cancel'), ['running']);
    expect((await loaded(store, 'a')).asked).toHaveLength(2);
    await store.checkpoint(by('one', mine, { ...finish, answered: 2 }));
    expect(await store.desk.ask('a', request('retry'), ['completed'], 'running')).toBe('completed');
    expect(await loaded(store, 'a')).toMatchObject({ status: 'completed', asked: [{}, {}] });
  });

  it('finds what it knows among many sagas that it does not', async () => {
    const store = await opened();
    await Promise.all(Array.from({ length: 1_000 }, (_, nth) => store.create(newSaga(`old${nth}`, { fingerprint: 'f0' }))));
    await store.create(newSaga('known'));
    const { sagas, nextDueAt } = await claim(store, 'one', { max: 5 });
    expect([idsOf(sagas), nextDueAt]).toEqual([['known'], undefined]);
  });

  it('refuses one write of a batch without the others when a key is not what it should be', async () => {
    const name = randomUUID();
    const store = await opened({ name });
    await admin.set(`tutti:saga:{${name}}:s:broken`, 'by somebody else');
    const mine = await held(store, 'a');
    const [broken, fine] = await Promise.allSettled([
      store.checkpoint(by('one', { id: 'broken', fence: 1 })),
      store.checkpoint(by('one', mine, { entries: [entry(2, 'done')] })),
    ]);
    expect([broken.status, fine.status]).toEqual(['rejected', 'fulfilled']);
    expect((broken as PromiseRejectedResult).reason).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('WRONGTYPE'),
    });
  });

  it('writes nothing when the memory of the server is full, and says so', async () => {
    const store = await opened();
    const mine = await held(store, 'a');
    await admin.config('SET', 'maxmemory', '1mb');
    const problem = { code: 'STORE_UNAVAILABLE', message: expect.stringContaining('OOM') };
    await expect(store.checkpoint(by('one', mine, finish))).rejects.toMatchObject(problem);
    await expect(store.create(newSaga('b'))).rejects.toMatchObject(problem);
    await admin.config('SET', 'maxmemory', '0');
    expect([(await loaded(store, 'a')).status, await store.desk.load('b')]).toEqual(['running', undefined]);
    await store.checkpoint(by('one', mine, finish));
  });

  it('works over a connection and a client of the caller’s, and leaves them open', async () => {
    const connection = redisConnection({ url: server.url, keyPrefix: 'own:', runtime });
    await connection.start();
    const name = randomUUID();
    const [one, two] = [await opened({ connection, name }), await opened({ client: admin, keyPrefix: 'own:', name } as RedisStoreOptions)];
    await one.create(newSaga('a'));
    expect(idsOf((await claim(two, 'two')).sagas)).toEqual(['a']);
    await one.close();
    await two.close();
    expect([connection.state, await admin.ping()]).toEqual(['running', 'PONG']);
    await connection.stop();
  });

  it.each([
    ['nothing on the disk', { appendonly: 'no', save: '' }, ['redis-not-persistent'], /lost when it ends/],
    ['snapshots', { appendonly: 'no', save: '3600 1' }, ['redis-snapshots-only'], /since the last snapshot/],
    ['a log, written each second', { appendonly: 'yes', appendfsync: 'everysec' }, ['redis-appendfsync-everysec'], /two seconds/],
    ['a log, written when the system likes', { appendonly: 'yes', appendfsync: 'no' }, ['redis-appendfsync-no'], /up to the system/],
    ['a log, written at once', { appendonly: 'yes', appendfsync: 'always' }, [], /^Checkpoints are on the disk/],
  ])('says what its word is worth: %s', async (_what, settings, names, words) => {
    for (const [name, value] of Object.entries(settings)) await admin.config('SET', name, value);
    const store = redisStore({ url: server.url });
    const { acknowledged, warnings } = await store.open(runtime);
    await store.close();
    await admin.config('SET', 'appendonly', 'no');
    expect([warnings.map(({ name }) => name), words.test(acknowledged)]).toEqual([names, true]);
  });

  it('is refused by a server that throws keys away', async () => {
    await admin.config('SET', 'maxmemory', '100mb');
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await expect(redisStore({ url: server.url }).open(runtime)).rejects.toMatchObject({ code: 'STORE_UNSUPPORTED' });
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await admin.config('SET', 'maxmemory', '0');
  });

  it('acknowledges what a replica has, rejects what it has not, and takes it again when it is back', async () => {
    await admin.config('SET', 'repl-diskless-sync-delay', '0');
    const replica = await startRedis(['--replicaof', '127.0.0.1', String(server.port)]);
    await eventually('the replica follows', async () => (await admin.info('replication')).includes('state=online'), 10_000);
    const store = redisStore({ url: server.url, name: randomUUID(), wait: { replicas: 1, timeout: '200ms' } });
    const { acknowledged, warnings } = await store.open(runtime);
    stores.push(store);
    expect(acknowledged).toMatch(/Before that 1 replica has taken it over/);
    expect(warnings.map(({ name }) => name)).toContain('redis-failover-may-lose');
    const mine = await held(store, 'a');
    await store.checkpoint(by('one', mine, { entries: [entry(2, 'intent')] }));
    replica.signal('SIGSTOP');
    const unsure = by('one', mine, { ...finish, entries: [entry(3, 'completed')] });
    await expect(store.checkpoint(unsure)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      details: { problem: expect.stringContaining('0 of 1 replicas') },
    });
    expect((await claim(store, 'two', { max: 0 })).sagas).toEqual([]); // what writes nothing waits for nobody
    replica.signal('SIGCONT');
    await store.checkpoint(unsure);
    expect((await loaded(store, 'a')).entries).toHaveLength(3);
    await replica.stop();
    await eventually('the replica is gone', async () => (await admin.info('replication')).includes('connected_slaves:0'), 10_000);
    const alone = redisStore({ url: server.url, wait: { replicas: 1 } });
    stores.push(alone);
    expect((await alone.open(runtime)).warnings.map(({ name }) => name)).toContain('redis-too-few-replicas');
  });
});
