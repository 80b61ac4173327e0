import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { type RedisServer, startRedis } from '../../../../tools/services/redis.ts';
import { redisScript } from '../../src/adapters/redis/redis-script.ts';
import { type RedisConnectionOptions, redisConnection } from '../../src/adapters/redis.ts';
import { defaultRuntime, silentLogger } from '../../src/index.ts';
import { eventually } from '../../src/testing/index.ts';

const runtime = { ...defaultRuntime, logger: silentLogger };
const open: { stop(): Promise<void> }[] = [];

async function server(settings: readonly string[] = []): Promise<RedisServer> {
  const started = await startRedis(settings);
  open.push(started);
  return started;
}

async function connected(options: RedisConnectionOptions): Promise<ReturnType<typeof redisConnection>> {
  const connection = redisConnection({ runtime, commandTimeout: '300ms', watchdog: '200ms', ...options });
  open.push(connection);
  await connection.start();
  return connection;
}

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

/** How long it takes to fail. */
async function failure(work: Promise<unknown>): Promise<{ error: unknown; afterMs: number }> {
  const startedAt = performance.now();
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, afterMs: performance.now() - startedAt };
}

describeWith('redis-server', 'a connection to Redis', () => {
  it('runs a script that the server does not know yet, and after it forgot', async () => {
    const connection = await connected({ url: (await server()).url });
    const script = redisScript("return redis.call('incr', KEYS[1])");
    expect(await connection.script(script, ['a'], [])).toBe(1);
    expect(await connection.script(script, ['a'], [])).toBe(2);
    await connection.command('SCRIPT', 'FLUSH');
    expect(await connection.script(script, ['a'], [])).toBe(3);
  });

  it('passes on what the server answers, as an error with its words', async () => {
    const connection = await connected({ url: (await server()).url });
    await connection.command('SET', 'a', 'words');
    await expect(connection.command('INCR', 'a')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('it answered ERR value is not an integer'),
    });
  });

  it('fails fast while the server is away, and works again without being told', async () => {
    const redis = await server();
    const connection = await connected({ url: redis.url });
    await redis.kill();
    await eventually('the loss is noticed', async () => (await connection.health()).status === 'unhealthy');
    const { error, afterMs } = await failure(connection.command('GET', 'a'));
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', failure: 'unreachable' });
    expect(afterMs).toBeLessThan(100);
    await redis.restart();
    await eventually('it is back', async () => (await connection.health()).status === 'healthy');
    expect(await connection.command('SET', 'a', '1')).toEqual(Buffer.from('OK'));
  });

  it('gives up a command that is not answered, tears the mute connection down, and works again when the server does', async () => {
    const redis = await server();
    const connection = await connected({ url: redis.url });
    redis.signal('SIGSTOP');
    try {
      const { error, afterMs } = await failure(connection.command('INCR', 'a'));
      expect(error).toMatchObject({
        code: 'STORE_UNAVAILABLE',
        failure: 'transient',
        details: { problem: expect.stringContaining('may have been done') },
      });
      expect(afterMs).toBeLessThan(1_500);
      await eventually('the watchdog has torn it down', async () => {
        const { reason = '' } = await connection.health();
        return reason.includes('no connection');
      });
    } finally {
      redis.signal('SIGCONT');
    }
    await eventually('it is back', async () => (await connection.health()).status === 'healthy');
    expect(await connection.command('PING')).toEqual(Buffer.from('PONG'));
  });

  it('would wait for ever with a client as it comes (control)', async () => {
    const redis = await server();
    const bare = new Redis(redis.url, { lazyConnect: true });
    bare.on('error', () => {});
    await bare.connect();
    await redis.kill();
    await pause(50);
    const outcome = await Promise.race([bare.set('a', '1').then(String, String), pause(1_000, 'still waiting')]);
    expect(outcome).toBe('still waiting');
    bare.disconnect();
  });

  it('refuses a server that may throw keys away, unless told to accept it', async () => {
    const { url } = await server(['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru']);
    await expect(connected({ url })).rejects.toMatchObject({
      code: 'STORE_UNSUPPORTED',
      details: { problem: expect.stringContaining('maxmemory-policy is allkeys-lru') },
    });
    expect((await connected({ url, eviction: 'accept' })).state).toBe('running');
  });

  it('says at once that nobody answers, and names a bad option', async () => {
    const { error, afterMs } = await failure(connected({ url: 'redis://127.0.0.1:1' }));
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('ECONNREFUSED') });
    expect(afterMs).toBeLessThan(2_000);
    expect(() => redisConnection({})).toThrowError('redisConnection must have one of url, nodes and client');
    expect(() => redisConnection({ url: 'redis://x', watchdog: '5' as '5s' })).toThrowError(/redisConnection\.watchdog must be a duration/);
  });

  it('hears what is published, also after an interruption, and stops when told', async () => {
    const redis = await server();
    const connection = await connected({ url: redis.url });
    let heard = 0;
    const stop = connection.subscribe('news', () => heard++);
    const publish = async (): Promise<boolean> => {
      await connection.command('PUBLISH', 'news', 'x');
      return heard > 0;
    };
    await eventually('it is heard', publish);
    await redis.restart();
    heard = 0;
    await eventually('it is heard again', publish);
    stop();
    await pause(50);
    heard = 0;
    await publish();
    await pause(50);
    expect(heard).toBe(0);
  });

  it('leaves the client of the host as it was', async () => {
    const { url } = await server();
    const client = new Redis(url);
    const connection = redisConnection({ client, runtime });
    await new Promise((resolve) => client.once('ready', resolve));
    await connection.start();
    await connection.stop();
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
  });
});
