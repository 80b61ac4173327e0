import { setTimeout as pause } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from '../../../../tools/services/redis.ts';
import { type RedisConnection, type RedisConnectionOptions, redisConnection } from '../../src/adapters/redis.ts';
import { defaultRuntime, silentLogger } from '../../src/index.ts';
import { eventually } from '../../src/testing/index.ts';
import { frozenProxy } from './frozen-proxy.ts';

const runtime = { ...defaultRuntime, logger: silentLogger };
const open: { stop(): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

function opened<T extends { stop(): unknown }>(one: T): T {
  open.push(one);
  return one;
}

async function connected(options: RedisConnectionOptions): Promise<RedisConnection> {
  const connection = opened(redisConnection({ runtime, commandTimeout: '300ms', watchdog: '200ms', ...options }));
  await connection.start();
  return connection;
}

/** Whether a listener hears what is published now. */
async function hears(connection: RedisConnection, speak: () => Promise<unknown>): Promise<void> {
  let rings = 0;
  const off = connection.subscribe('news', () => rings++);
  await eventually('it begins to hear', () => rings > 0);
  rings = 0;
  await eventually('it hears', async () => {
    await speak();
    return rings > 0;
  });
  off();
}

describe('the address of a Redis', () => {
  it('is checked first, and a password in it is told to nobody', () => {
    const words = (options: RedisConnectionOptions): string => {
      try {
        return redisConnection(options).name;
      } catch (error) {
        return String(error);
      }
    };
    expect(words({ url: 'secret' })).toContain('redisConnection.url must be a URL that begins with redis:// or rediss://');
    expect(words({ url: 'http://:secret@host' })).toContain('redisConnection.url must be');
    expect(words({ nodes: [] })).toContain('redisConnection.nodes must be an array of at least one URL');
    expect(words({ nodes: ['redis://a:1', 'secret'] })).toContain('redisConnection.nodes[1] must be');
    expect(words({ url: 'redis://me:secret@host:7/0' })).toBe('redis host:7');
    expect(words({ nodes: ['redis://me:secret@a:1', 'redis://me:secret@b:2'] })).toBe('redis a:1, b:2');
    for (const url of ['secret', 'http://:secret@host']) expect(words({ url })).not.toContain('secret');
  });
});

describeWith('redis-server', 'a connection to one Redis', () => {
  let server: RedisServer;
  beforeEach(async () => {
    server = opened(await startRedis());
  });

  it('hears channels where the client of the host is connected, and closes only what it opened', async () => {
    const client = new Redis(server.url);
    opened({ stop: () => client.disconnect() });
    await eventually('the client is connected', () => client.status === 'ready');
    const connection = await connected({ client });
    await hears(connection, () => client.publish('news', 'x'));
    await connection.stop();
    expect(await client.ping()).toBe('PONG');
    await eventually('no other connection is left', async () => {
      const clients = String(await client.client('LIST'))
        .trim()
        .split('\n');
      return clients.length === 1;
    });
  });

  it('notices that the connection which hears is mute, and hears again over another', async () => {
    const proxy = opened(await frozenProxy(server.port));
    const connection = await connected({ url: proxy.url });
    const speaker = await connected({ url: server.url });
    let rings = 0;
    connection.subscribe('news', () => rings++);
    await eventually('it hears', () => rings > 0);
    proxy.freeze();
    rings = 0;
    await speaker.command('PUBLISH', 'news', 'lost');
    await eventually('it says that something may have been missed', () => rings > 0);
    rings = 0;
    await speaker.command('PUBLISH', 'news', 'x');
    await eventually('it hears', () => rings > 0);
  });

  it('under load: everything fails fast while the server is stopped or gone, and works again by itself', async () => {
    const connection = await connected({ url: server.url });
    let slowestMs = 0;
    let failures = 0;
    let goesOn = true;
    let lastSuccess = 0;
    const worker = async (): Promise<void> => {
      while (goesOn) {
        const startedAt = performance.now();
        try {
          await connection.command('INCR', 'n');
          lastSuccess = performance.now();
        } catch (error) {
          expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
          failures++;
        }
        slowestMs = Math.max(slowestMs, performance.now() - startedAt);
        await pause(1);
      }
    };
    const workers = Array.from({ length: 20 }, worker);
    const worksAgain = (since: number): Promise<unknown> => eventually('it works again', () => lastSuccess > since);
    server.signal('SIGSTOP');
    await eventually('commands fail', () => failures > 20);
    server.signal('SIGCONT');
    await worksAgain(performance.now());
    failures = 0;
    await server.kill();
    await eventually('commands fail', () => failures > 20);
    await server.restart();
    await worksAgain(performance.now());
    goesOn = false;
    await Promise.all(workers);
    expect(slowestMs).toBeLessThan(3_000);
  });
});

describeWith('redis-server', 'a connection to a Redis Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 30_000);
  afterAll(() => cluster.stop());

  const onEachNode = (act: (node: Redis) => Promise<unknown>, { nodes } = cluster): Promise<unknown> =>
    Promise.all(
      nodes.map(async (url) => {
        const node = new Redis(url);
        await act(node);
        node.disconnect();
      }),
    );
  /** What becomes of a blocking read whose connection is cut, and whether it then took what was written later. */
  async function cut(read: () => Promise<unknown>, write: () => Promise<unknown>): Promise<string> {
    const outcome = read().then(
      () => 'was sent again',
      () => 'failed',
    );
    await pause(100);
    await onEachNode((node) => node.call('CLIENT', 'KILL', 'TYPE', 'normal'));
    await pause(400);
    await write();
    return outcome;
  }

  it('sends nothing twice when the connection to a node is lost', async () => {
    const connection = await connected({ nodes: cluster.nodes, commandTimeout: '10s' });
    const writer = await connected({ nodes: cluster.nodes });
    const write = (list: string) => (): Promise<unknown> =>
      eventually('written', () => writer.command('LPUSH', list, 'x').then(() => true));
    expect(await cut(() => connection.command('BLPOP', 'once', 5), write('once'))).toBe('failed');
    expect(await writer.command('LLEN', 'once')).toBe(1);
    expect(await eventually('it works again', () => connection.command('LPUSH', 'once', 'y'))).toBe(2);
  });

  it('a client as it comes sends it twice (control)', async () => {
    const bare = new Cluster([...cluster.nodes]);
    opened({ stop: () => bare.disconnect() });
    bare.on('error', () => {});
    const writer = await connected({ nodes: cluster.nodes });
    const write = (list: string) => (): Promise<unknown> =>
      eventually('written', () => writer.command('LPUSH', list, 'x').then(() => true));
    expect(await cut(() => bare.blpop('twice', 5), write('twice'))).toBe('was sent again');
    expect(await writer.command('LLEN', 'twice')).toBe(0);
  });

  it('brings user and password also to the nodes that it finds by itself', async () => {
    const locked = opened(await startRedisCluster());
    await onEachNode((node) => node.config('SET', 'requirepass', 's&cret'), locked);
    const [first = ''] = locked.nodes;
    const connection = await connected({ nodes: [first.replace('redis://', 'redis://:s%26cret@')] });
    for (let key = 0; key < 30; key++) await connection.command('SET', `key-${key}`, 'x');
  });

  it('goes on with the nodes that answer while one is mute, and with that one when it answers again', async () => {
    await onEachNode((node) => node.config('SET', 'cluster-require-full-coverage', 'no'));
    const connection = await connected({ nodes: cluster.nodes });
    const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`);
    const writeAll = async (): Promise<number> => {
      const written = await Promise.allSettled(keys.map((key) => connection.command('SET', key, 'x')));
      return written.filter(({ status }) => status === 'fulfilled').length;
    };
    expect(await writeAll()).toBe(keys.length);
    cluster.signal(0, 'SIGSTOP');
    try {
      for (let round = 0; round < 4; round++) expect(await writeAll()).toBeGreaterThan(keys.length / 3);
    } finally {
      cluster.signal(0, 'SIGCONT');
    }
    await eventually('all are written again', async () => (await writeAll()) === keys.length);
  });
});
