import { expect, it } from 'vitest';
import { eventually } from '../../packages/core/src/testing/index.ts';
import { startEtcd, startEtcdCluster } from './etcd.ts';
import { describeWith } from './needs.ts';

async function ask(url: string, path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${url}/v3/${path}`, { method: 'POST', body: JSON.stringify(body), signal: AbortSignal.timeout(2_000) });
  return (await response.json()) as Readonly<Record<string, unknown>>;
}

describeWith('etcd', 'an etcd of a test', () => {
  it('comes back with what it acknowledged after it was killed, on the same port', async () => {
    const server = await startEtcd();
    try {
      await ask(server.url, 'kv/put', { key: 'YQ==', value: 'MQ==' });
      await server.kill();
      await expect(ask(server.url, 'kv/range', { key: 'YQ==' })).rejects.toThrow();
      await server.restart();
      expect(await ask(server.url, 'kv/range', { key: 'YQ==' })).toMatchObject({ kvs: [{ value: 'MQ==' }] });
    } finally {
      await server.stop();
    }
  });

  it('goes on as a cluster without one of its three members', async () => {
    const cluster = await startEtcdCluster();
    try {
      const [first = '', second = ''] = cluster.urls;
      await ask(first, 'kv/put', { key: 'YQ==', value: 'MQ==' });
      await cluster.kill(0);
      // the others may have to find a leader first
      await eventually('an answer', async () => (await ask(second, 'kv/range', { key: 'YQ==' }))['kvs'] !== undefined);
      await cluster.restart(0);
      expect(await ask(first, 'kv/range', { key: 'YQ==' })).toMatchObject({ kvs: [{ value: 'MQ==' }] });
    } finally {
      await cluster.stop();
    }
  });
});
