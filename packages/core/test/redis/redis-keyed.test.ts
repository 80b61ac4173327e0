import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { startRedis, startRedisCluster } from '../../../../tools/services/redis.ts';
import { type RedisConnection, redisConnection, redisKeyValue, redisLease } from '../../src/adapters/redis.ts';
import { checkLaws, keyValueLaws, leaseLaws } from '../../src/testing/index.ts';

interface Servers {
  readonly addresses: readonly string[];
  stop(): Promise<void>;
}

const single = async (): Promise<Servers> => {
  const { url, stop } = await startRedis();
  return { addresses: [url], stop };
};
const cluster = async (): Promise<Servers> => {
  const { nodes, stop } = await startRedisCluster();
  return { addresses: nodes, stop };
};

describeWith('redis-server', 'keyed stores', () => {
  describe.each([
    ['on one Redis', single],
    ['on a Redis Cluster', cluster],
  ] as const)('%s', (_where, start) => {
    let servers: Servers;
    let law = 0;
    const opened: RedisConnection[] = [];
    beforeAll(async () => {
      servers = await start();
    }, 30_000);
    afterAll(async () => {
      for (const connection of opened) await connection.stop();
      await servers.stop();
    });
    /** Two connections that share keys with each other and with nobody else. */
    const pair = async (): Promise<[RedisConnection, RedisConnection]> => {
      const keyPrefix = `law-${law++}:`;
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
  });
});
