import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultRuntime, silentLogger } from '@tutti/core';
import { checkLaws } from '@tutti/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from '../../../../tools/services/redis.ts';
import type { SagaStore } from '../store/saga-store.ts';
import { type SagaStoreSubject, sagaStoreLaws } from '../testing/index.ts';
import { redisStore } from './redis.ts';

const runtime = { ...defaultRuntime, logger: silentLogger };
const { capabilities } = redisStore({ url: 'redis://127.0.0.1:1' });

/** Real time and a real server: short leases, and stores of a name of its own for each law. */
async function subject(make: (name: string) => SagaStore): Promise<SagaStoreSubject & { dispose(): Promise<void> }> {
  const name = `{${randomUUID()}}`;
  const stores: SagaStore[] = [];
  const another = async (): Promise<SagaStore> => {
    const store = make(name);
    stores.push(store);
    await store.open(runtime);
    return store;
  };
  return {
    store: await another(),
    leaseMs: 250,
    pass: (ms) => pause(ms + 5),
    another,
    async dispose() {
      await Promise.all(stores.map((store) => store.close()));
    },
  };
}

describeWith('redis-server', 'the redis store on one server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  checkLaws(it, sagaStoreLaws, () => subject((name) => redisStore({ url: server.url, name })), { ...capabilities });
});

describeWith('redis-server', 'the redis store on a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster.stop());
  checkLaws(it, sagaStoreLaws, () => subject((name) => redisStore({ nodes: cluster.nodes, name })), { ...capabilities });

  it('does not wait for replicas, which nobody can tell there who wrote', async () => {
    await expect(redisStore({ nodes: cluster.nodes, wait: { replicas: 1 } }).open(runtime)).rejects.toMatchObject({
      code: 'STORE_UNSUPPORTED',
      details: { problem: expect.stringContaining('cluster') },
    });
  });
});
