import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { anyRedis, startRedisCluster } from '../../../../tools/services/redis.ts';
import { type RedisConnection, redisConnection, redisKeyValue, redisLease } from '../../src/adapters/redis.ts';
import { checkLaws, keyValueLaws, leaseLaws } from '../../src/testing/index.ts';

interface Servers {
  readonly addresses: readonly string[];
  stop(): Promise<void>;
}

const single = async (): Promise<Servers> => {
  const { url, stop } = await anyRedis();
  return { addresses: [url], stop };
};
const cluster = async (): Promise<Servers> => {
  const { nodes, stop } = await startRedisCluster();
  return { addresses: nodes, stop };
};

/** The Redis may be somebody's own. */
async function removeKeys(connection: RedisConnection): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = (await connection.command('SCAN', cursor, 'MATCH', `${connection.keyPrefix}*`)) as readonly [
      Buffer,
      readonly Buffer[],
    ];
    if (keys.length > 0) await connection.command('DEL', ...keys);
    cursor = String(next);
  } while (cursor !== '0');
}

function suite(start: () => Promise<Servers>): void {
  let servers: Servers;
  const opened: RedisConnection[] = [];
  beforeAll(async () => {
    servers = await start();
  }, 30_000);
  afterAll(async () => {
    for (const connection of opened) {
      if (servers.addresses.length === 1) await removeKeys(connection);
      await connection.stop();
    }
    await servers.stop();
  });
  /** Two connections that share keys with each other and with nobody else. */
  const pair = async (): Promise<[RedisConnection, RedisConnection]> => {
    const keyPrefix = `law-${randomUUID()}:`;
    const [url, ...more] = servers.addresses;
    const address = more.length > 0 ? { nodes: servers.addresses } : { url: url ?? '' };
    const both: [RedisConnection, RedisConnection] = [
      redisConnection({ ...address, keyPrefix }),
      redisConnection({ ...address, keyPrefix }),
    ];
    for (const connection of both) await connection.start();
    opened.push(...both);
    return both;
  };

  describe('a key-value store', () => {
    checkLaws(it, keyValueLaws, async () => {
      const [one, two] = await pair();
      return { store: redisKeyValue({ connection: one }), other: redisKeyValue({ connection: two }), pass: (ms) => pause(ms) };
    });
  });

  describe('leases', () => {
    checkLaws(it, leaseLaws, async () => {
      const [one, two] = await pair();
      return { lease: redisLease({ connection: one }), other: redisLease({ connection: two }), pass: (ms) => pause(ms) };
    });

    it('go on above all earlier fences on a server that has lost them', async () => {
      const [one] = await pair();
      const lease = redisLease({ connection: one });
      const held = await lease.tryAcquire('job', 1_000);
      await held?.release();
      await one.command('DEL', `${one.keyPrefix}lease:{job}:fence`);
      const next = await lease.tryAcquire('job', 1_000);
      expect(next?.fence).toBeGreaterThan(held?.fence ?? 0);
      await next?.release();
    });
  });
}

describeWith('redis-server', 'keyed stores on one Redis', () => suite(single), 'TUTTI_REDIS_URL');
describeWith('redis-server', 'keyed stores on a Redis Cluster', () => suite(cluster));
