import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { type RedisServer, startRedis } from '../../../../tools/services/redis.ts';
import { type RedisConnection, redisConnection, redisKeyValue } from '../../src/adapters/redis.ts';
import { Cache, type CacheOptions, scopedKey, shared } from '../../src/cache/index.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { defaultRuntime } from '../../src/runtime/runtime.ts';
import { eventually } from '../../src/testing/index.ts';

const runtime = { ...defaultRuntime, logger: silentLogger };

describeWith('redis-server', 'a cache whose second level is Redis', () => {
  let server: RedisServer;
  const connections: RedisConnection[] = [];
  const caches: Cache[] = [];

  /** What one process has: a connection and a cache of its own. */
  const join = async (options: Partial<CacheOptions> = {}): Promise<Cache> => {
    const connection = redisConnection({ url: server.url, runtime });
    await connection.start();
    connections.push(connection);
    const l2 = redisKeyValue({ connection });
    const cache = new Cache({ name: 'terms', l1: { maxBytes: 1_000_000 }, l2, ttl: '5m', earlyRefresh: 0, runtime, ...options });
    caches.push(cache);
    return cache;
  };

  beforeAll(async () => {
    server = await startRedis();
  }, 30_000);
  afterAll(async () => {
    server.signal('SIGCONT');
    for (const cache of caches) await cache.stop();
    for (const connection of connections) await connection.stop();
    await server.stop();
  });

  it('loads once for all who share it, and forgets a tag everywhere after the bound', async () => {
    // a busy machine must not make the second level look slow, for then each would load for itself
    const options = { tagBound: '100ms', loadLock: '2s', l2Timeout: '2s' } as const;
    const [here, there] = [await join(options), await join(options)];
    let loads = 0;
    let version = 'v1';
    const load = async (): Promise<string> => {
      loads++;
      const seen = version;
      await pause(20);
      return seen;
    };
    const [key, tags] = [scopedKey(shared(), 'a'), [scopedKey(shared(), 'all')]];
    const read = (cache: Cache): Promise<string> => cache.get(key, load, { tags });
    const first = await Promise.all(Array.from({ length: 200 }, (_, index) => read(index % 2 === 0 ? here : there)));
    expect(new Set(first)).toEqual(new Set(['v1']));
    expect(loads).toBe(1);
    version = 'v2';
    await here.invalidateTags(tags);
    const acknowledgedAt = performance.now();
    expect(await read(here)).toBe('v2');
    while (performance.now() - acknowledgedAt <= 101) await read(there);
    expect(await read(there)).toBe('v2');
    expect(loads).toBe(2);
  });

  it('answers from the source within 30 ms (p99) while Redis stands still, and uses it again when it goes on (C2)', async () => {
    const cache = await join();
    await cache.set(scopedKey(shared(), 'warm'), 1);
    server.signal('SIGSTOP');
    const took: number[] = [];
    for (let index = 0; index < 600; index++) {
      const startedAt = performance.now();
      expect(await cache.get(scopedKey(shared(), 'b', index), async () => index)).toBe(index);
      took.push(performance.now() - startedAt);
    }
    expect(took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)]).toBeLessThan(30);
    expect(await cache.health()).toMatchObject({ status: 'degraded' });
    server.signal('SIGCONT');
    await eventually('the cache writes to Redis again', () => cache.set(scopedKey(shared(), 'warm'), 2).then(() => true));
    expect(await cache.health()).toEqual({ status: 'healthy' });
  });
});
