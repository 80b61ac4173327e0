import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisConfigStore } from '../../src/adapters/redis/redis-config-store.ts';
import { redisRateLimiter } from '../../src/adapters/redis/redis-rate-limiter.ts';
import { defaultRuntime, memoryRateLimiter, silentLogger, sleep } from '../../src/index.ts';
import { checkLaws, configStoreLaws, eventually, rateLimiterLaws } from '../../src/testing/index.ts';
import { connect } from './redis-connection.ts';
import { type RedisServers, startRedis } from './redis-servers.ts';

const runtime = { ...defaultRuntime, logger: silentLogger };
const { clock } = runtime;

describe.each([
  ['one server', 1],
  ['a cluster', 3],
] as const)('in Redis, %s,', (_name, count) => {
  let servers: RedisServers;
  let connection: ReturnType<typeof connect>;
  let law = 0;
  beforeAll(async () => {
    servers = await startRedis(count);
    connection = connect(servers.ports);
  }, 30_000);
  afterAll(async () => {
    await connection.stop();
    await servers.stop();
  });

  describe('the limiter', () => {
    checkLaws(
      it,
      rateLimiterLaws,
      () => ({
        limiter: redisRateLimiter({ connection, prefix: `law ${law++}:` }),
        pass: (ms) => sleep(clock, ms),
        now: () => clock.now(),
      }),
      { strict: true },
    );
  });

  describe('the config store', () => {
    checkLaws(it, configStoreLaws, () => {
      const prefix = `law ${law++}:`;
      const make = () => redisConfigStore({ connection, prefix, maxHistory: 5, maxValueBytes: 1_000, runtime });
      return { store: make(), other: make() };
    });

    it('hears of a write whose message was lost by looking now and then', async () => {
      const prefix = `law ${law++}:`;
      const deaf = { ...connection, subscribe: () => () => {} };
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

describe('the script of the limiter', () => {
  let servers: RedisServers;
  let connection: ReturnType<typeof connect>;
  beforeAll(async () => {
    servers = await startRedis(1);
    connection = connect(servers.ports);
  }, 30_000);
  afterAll(async () => {
    await connection.stop();
    await servers.stop();
  });

  it('decides as the one in memory does', async () => {
    let run = 0;
    const request = fc.record({ key: fc.constantFrom('a', 'b'), cost: fc.nat(9), tokens: fc.constantFrom(9, 20, 57) });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 40 }), async (requests) => {
        const limiter = redisRateLimiter({ connection, prefix: `run ${run++}:` });
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
    const limiter = redisRateLimiter({ connection, prefix: 'expiry:' });
    const { resetMs } = await limiter.take('k', { tokens: 10, refillRate: 0.1 }, 4);
    const leftMs = await connection.client.pttl('expiry:k');
    expect(leftMs).toBeGreaterThan(resetMs - 2_000);
    expect(leftMs).toBeLessThanOrEqual(resetMs);
    await limiter.take('look', { tokens: 10, refillRate: 0.1 }, 0);
    expect(await connection.client.exists('expiry:look')).toBe(0);
  });

  it('refills nothing when the clock of the server was set back', async () => {
    await connection.client.set('back:k', `9 ${Date.now() + 60_000}`, 'PX', 60_000);
    const limiter = redisRateLimiter({ connection, prefix: 'back:' });
    const limit = { tokens: 10, refillRate: 1_000 };
    const verdicts = [await limiter.take('k', limit), await limiter.take('k', limit)];
    expect(verdicts.map(({ allowed }) => allowed)).toEqual([true, false]);
    expect(await connection.client.pttl('back:k')).toBeGreaterThan(50_000);
  });
});
