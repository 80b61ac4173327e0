import { type RedisConnection, type RedisConnectionOptions, redisConnection } from '@tutti/core/redis';
import { checkLaws } from '@tutti/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { startRedis, startRedisCluster } from '../../../../tools/services/redis.ts';
import { quiet, subjectOnTestClock } from '../../test/redis-registry.ts';
import { backendLaws } from '../testing/index.ts';
import { type RedisBackendOptions, redisBackend } from './redis.ts';

/** Servers and a connection to them while the tests of this suite run. */
function connected(start: () => Promise<{ readonly options: RedisConnectionOptions; stop(): Promise<void> }>): () => RedisConnection {
  let connection: RedisConnection | undefined;
  let servers: { stop(): Promise<void> } | undefined;
  beforeAll(async () => {
    const started = await start();
    servers = started;
    connection = redisConnection({ ...started.options, runtime: quiet });
    await connection.start();
  }, 60_000);
  afterAll(async () => {
    await connection?.stop();
    await servers?.stop();
  });
  return () => connection as RedisConnection;
}

describeWith('redis-server', 'redis backends on one server', () => {
  const connection = connected(async () => {
    const { url, stop } = await startRedis();
    return { options: { url }, stop };
  });
  checkLaws(it, backendLaws, () => subjectOnTestClock(connection()));
});

describeWith('redis-server', 'redis backends on a cluster', () => {
  const connection = connected(async () => {
    const { nodes, stop } = await startRedisCluster();
    return { options: { nodes }, stop };
  });
  checkLaws(it, backendLaws, () => subjectOnTestClock(connection()));
});

describe('a redis backend', () => {
  it.each([
    [{}, 'redisBackend must have one of url, nodes, client and connection'],
    [{ url: 'redis://127.0.0.1:1', nodes: ['redis://127.0.0.1:1'] }, 'redisBackend must have one of url, nodes, client and connection'],
    [{ url: 'http://127.0.0.1' }, 'redisConnection.url must be a URL that begins with redis:// or rediss://'],
    [{ url: 'redis://127.0.0.1:1', sweepInterval: 5 }, 'redisBackend.sweepInterval must be a duration'],
    [{ url: 'redis://127.0.0.1:1', lookEvery: '' }, 'redisBackend.lookEvery must be a duration'],
    [{ url: 'redis://127.0.0.1:1', ttl: '1s' }, 'redisBackend.ttl is not an option'],
  ])('refuses %j', (options, message) => {
    expect(() => redisBackend(options as RedisBackendOptions)).toThrowError(message);
  });
});
