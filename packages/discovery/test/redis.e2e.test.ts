import { checkLaws } from '@tutti/core/testing';
import { afterAll, beforeAll, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from '../../../tools/services/redis.ts';
import { leaseLaws, watchLaws } from '../src/testing/index.ts';
import { subjectOnServerClock } from './redis-registry.ts';

// What redis.test.ts runs on a clock that is moved by hand, here on the clock of the server and with a connection for each client.

describeWith('redis-server', 'redis backends of many processes on one server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  checkLaws(it, [...watchLaws, ...leaseLaws], () => subjectOnServerClock({ url: server.url }));
});

describeWith('redis-server', 'redis backends of many processes on a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster.stop());
  checkLaws(it, watchLaws, () => subjectOnServerClock({ nodes: cluster.nodes }));
});
