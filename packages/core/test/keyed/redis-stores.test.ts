import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { startRedis, startRedisCluster } from '../../../../tools/services/redis.ts';
import {
  type RedisConnection,
  type RedisConnectionOptions,
  redisConfigStore,
  redisConnection,
  redisRateLimiter,
} from '../../src/adapters/redis.ts';
import { defaultRuntime, memoryRateLimiter, silentLogger, sleep } from '../../src/index.ts';
import { checkLaws, configStoreLaws, eventually, rateLimiterLaws } from '../../src/testing/index.ts';

const runtime = { ...defaultRuntime, logger: silentLogger };
const { clock } = runtime;
let law = 0;

/** A connection that is open while the tests of this suite run, to servers of its own. */
function connected(start: () => Promise<{ readonly options: RedisConnectionOptions; stop(): Promise<void> }>): () => RedisConnection {
  let servers: { stop(): Promise<void> } | undefined;
  let connection: RedisConnection | undefined;
  beforeAll(async () => {
    const started = await start();
    servers = started;
    connection = redisConnection({ ...started.options, runtime });
    await connection.start();
  }, 30_000);
  afterAll(async () => {
    await connection?.stop();
    await servers?.stop();
  });
  return () => connection as RedisConnection;
}

async function oneServer(): Promise<{ readonly options: RedisConnectionOptions; stop(): Promise<void> }> {
  const { url, stop } = await startRedis();
  return { options: { url }, stop };
}

async function cluster(): Promise<{ readonly options: RedisConnectionOptions; stop(): Promise<void> }> {
  const { nodes, stop } = await startRedisCluster();
  return { options: { nodes }, stop };
}

for (const [name, start] of [
  ['the stores in Redis', oneServer],
  ['the stores in Redis Cluster', cluster],
] as const) {
  describeWith('redis-server', name, () => {
    const connection = connected(start);

    describe('the limiter', () => {
      checkLaws(
        it,
        rateLimiterLaws,
        () => ({
          limiter: redisRateLimiter({ connection: connection(), prefix: `law ${law++}:` }),
          pass: (ms) => sleep(clock, ms),
          now: () => clock.now(),
        }),
        { strict: true },
      );
    });

    describe('the config store', () => {
      checkLaws(it, configStoreLaws, () => {
        const prefix = `law ${law++}:`;
        const make = () => redisConfigStore({ connection: connection(), prefix, maxHistory: 5, maxValueBytes: 1_000, runtime });
        return { store: make(), other: make() };
      });

      it('hears of a write whose message was lost by looking now and then', async () => {
        const prefix = `law ${law++}:`;
        const deaf = Object.create(connection(), { subscribe: { value: () => () => {} } }) as RedisConnection;
        const store = redisConfigStore({ connection: deaf, prefix, lookEvery: '50ms', runtime });
        const heard: number[] = [];
        const off = store.watch('k', ({ revision }) => heard.push(revision));
        await store.put('k', 1, 0, 'ada');
        await eventually('the first was heard', () => heard.at(-1) === 1);
        await store.put('k', 2, 1, 'ada');
        await eventually('the second was heard', () => heard.at(-1) === 2);
        off();
      });
    });
  });
}

describeWith('redis-server', 'the script of the limiter', () => {
  const connection = connected(oneServer);

  it('decides as the one in memory does', async () => {
    let run = 0;
    const request = fc.record({ key: fc.constantFrom('a', 'b'), cost: fc.nat(9), tokens: fc.constantFrom(9, 20, 57) });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 40 }), async (requests) => {
        const limiter = redisRateLimiter({ connection: connection(), prefix: `run ${run++}:` });
        const oracle = memoryRateLimiter();
        for (const { key, cost, tokens } of requests) {
          const limit = { tokens, refillRate: 0.0001 };
          const expected = oracle.takeNow(key, limit, cost);
          expect(await limiter.take(key, limit, cost)).toMatchObject({ allowed: expected.allowed, remaining: expected.remaining });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('keeps a bucket until it is full again, and no longer', async () => {
    const limiter = redisRateLimiter({ connection: connection(), prefix: 'expiry:' });
    const { resetMs } = await limiter.take('k', { tokens: 10, refillRate: 0.1 }, 4);
    const leftMs = await connection().command('PTTL', 'tutti:expiry:k');
    expect(leftMs).toBeGreaterThan(resetMs - 2_000);
    expect(leftMs).toBeLessThanOrEqual(resetMs);
    await limiter.take('look', { tokens: 10, refillRate: 0.1 }, 0);
    expect(await connection().command('EXISTS', 'tutti:expiry:look')).toBe(0);
  });

  it('refills nothing when the clock of the server was set back', async () => {
    await connection().command('SET', 'tutti:back:k', `9 ${Date.now() + 60_000}`, 'PX', 60_000);
    const limiter = redisRateLimiter({ connection: connection(), prefix: 'back:' });
    const limit = { tokens: 10, refillRate: 1_000 };
    const verdicts = [await limiter.take('k', limit), await limiter.take('k', limit)];
    expect(verdicts.map(({ allowed }) => allowed)).toEqual([true, false]);
    expect(await connection().command('PTTL', 'tutti:back:k')).toBeGreaterThan(50_000);
  });
});

describeWith('redis-server', 'a Redis that goes and comes back', () => {
  it('makes the limiter reject, leaves watches their last good value, and goes on where its persistence left off', async () => {
    const server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    const connection = redisConnection({ url: server.url, runtime, commandTimeout: '500ms' });
    await connection.start();
    const limiter = redisRateLimiter({ connection });
    const store = redisConfigStore({ connection, runtime });
    const limit = { tokens: 10, refillRate: 0.001 };
    const heard: number[] = [];
    const off = store.watch('k', ({ revision }) => heard.push(revision));
    await store.put('k', 'before', 0, 'ada');
    await limiter.take('k', limit, 4);
    await eventually('the first was heard', () => heard.at(-1) === 1);

    await server.kill();
    await expect(limiter.take('k', limit)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.get('k')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(heard).toEqual([1]);

    await server.restart();
    await eventually('it is back', () => store.put('k', 'after', 1, 'ben'));
    await eventually('the second was heard', () => heard.at(-1) === 2);
    expect((await limiter.take('k', limit, 0)).remaining).toBe(6);
    expect((await store.history('k', 9)).map(({ value }) => value)).toEqual(['after', 'before']);
    off();
    await connection.stop();
    await server.stop();
  });
});
