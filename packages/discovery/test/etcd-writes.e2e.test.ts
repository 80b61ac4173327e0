import { coreError } from '@tutti/core';
import { type EtcdConnection, type EtcdOutcome, type EtcdTransaction, etcdConnection } from '@tutti/core/etcd';
import { eventually } from '@tutti/core/testing';
import { type DiscoveryBackend, type RegistryChange, ServiceDiscovery } from '@tutti/discovery';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EtcdServer } from '../../../tools/services/etcd.ts';
import { describeWith } from '../../../tools/services/needs.ts';
import { endpointOf } from '../src/testing/endpoint-of.ts';
import { quiet } from './etcd-registry.ts';
import { EtcdScene, long } from './etcd-scene.ts';
import { livesOf } from './watched.ts';

let scene: EtcdScene;
beforeEach(() => {
  scene = new EtcdScene();
});
afterEach(() => scene[Symbol.asyncDispose](), 60_000);

describeWith('etcd', 'a write to etcd', () => {
  let server: EtcdServer;
  beforeEach(async () => {
    server = await scene.server();
  }, 40_000);

  describe('that was given up, and arrives later,', () => {
    /** A way to etcd that is too slow for the next transaction: nobody waits for it any more when it is delivered. */
    async function slowWay(): Promise<{ readonly backend: DiscoveryBackend; delay(): void; deliver(): Promise<EtcdOutcome> }> {
      const real = etcdConnection({ hosts: [server.url], keyPrefix: scene.keyPrefix, runtime: quiet });
      scene.ends(real, (one) => one.stop());
      await real.start();
      let slow = false;
      let late: EtcdTransaction | undefined;
      const transact: EtcdConnection['transact'] = (transaction) => {
        if (!slow) return real.transact(transaction);
        [slow, late] = [false, transaction];
        return Promise.reject(coreError('STORE_UNAVAILABLE', { store: real.name, problem: 'no answer', sent: true }));
      };
      const connection = Object.create(real, { transact: { value: transact } }) as EtcdConnection;
      return {
        backend: scene.backend([], { connection }),
        delay: () => (slow = true),
        deliver: () => real.transact(late as EtcdTransaction),
      };
    }

    it('replaces no life that began meanwhile', async () => {
      const [{ backend, delay, deliver }, other] = [await slowWay(), scene.backend([server.url])];
      delay();
      await expect(backend.put(endpointOf('a', '1'), long)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await other.put(endpointOf('a', '2'), long);
      expect((await deliver()).done).toBe(false);
      expect(await other.renew([endpointOf('a', '1'), endpointOf('a', '2')], long)).toEqual(['replaced', 'ready']);
    });

    it('begins no life that was removed since', async () => {
      const { backend, delay, deliver } = await slowWay();
      delay();
      await expect(backend.put(endpointOf('a', '1'), long)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await backend.remove(endpointOf('a', '1'));
      await expect(deliver()).rejects.toThrowError('requested lease not found');
      expect(await scene.held(server.url)).toEqual([]);
    });

    it('begins one where nobody has done anything since (control)', async () => {
      const { backend, delay, deliver } = await slowWay();
      delay();
      await expect(backend.put(endpointOf('a', '1'), long)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect((await deliver()).done).toBe(true);
      // and its process finds it, instead of ending and beginning another
      expect(await backend.renew([endpointOf('a', '1')], long)).toEqual(['ready']);
    });

    it('marks and ends nothing but the life as it was', async () => {
      const { backend, delay, deliver } = await slowWay();
      const life = endpointOf('a', '1');
      await backend.put(life, long);
      delay();
      await expect(backend.mark(life, 'unhealthy')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await backend.mark(life, 'draining');
      expect((await deliver()).done).toBe(false);
      delay();
      await expect(backend.remove(life)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await backend.put(endpointOf('a', '2'), long);
      expect((await deliver()).done).toBe(false);
      expect(livesOf(await scene.held(server.url))).toEqual(['a#2:ready']);
    });
  });

  it('tells a life that was removed on purpose from one whose lease has ended', async () => {
    const [backend, other] = [scene.backend([server.url]), scene.backend([server.url])];
    const told: RegistryChange[] = [];
    const ending = scene.ends(new AbortController(), async (one) => one.abort());
    void other.watch('voice', (change) => told.push(change), ending.signal);
    await eventually('the snapshot', () => told.length === 1);
    await backend.put(endpointOf('left', '1'), long);
    await backend.put(endpointOf('lost', '1'), 2_000);
    await backend.remove(endpointOf('left', '1'));
    await eventually('both ends', () => told.length === 5);
    const ends = told.flatMap((change) => (change.kind === 'remove' ? [[change.endpoint.instanceId, change.farewell]] : []));
    expect(ends).toEqual([
      ['left', true],
      ['lost', undefined],
    ]);
  });

  it('leaves an instance whose lease was taken away to be registered again by its process, as a new life', async () => {
    const discovery = new ServiceDiscovery({ backend: scene.backend([server.url]), ttl: '2s', runtime: quiet });
    scene.ends(discovery, (one) => one.stop());
    const endpoint = await discovery.registerService({ serviceName: 'voice', instanceId: 'a', host: '127.0.0.1', port: 8009 });
    const history = scene.observer(scene.backend([server.url]));
    await eventually('the endpoint', () => history.lives.length === 1);
    await revokeAll(server.url);
    await eventually('its new life', () => history.lives.length === 1 && !history.lives[0]?.startsWith(endpoint.incarnation));
    expect(history.problems).toEqual([]);
  });

  async function revokeAll(url: string): Promise<void> {
    await using connection = etcdConnection({ hosts: [url], runtime: quiet });
    await connection.start();
    const { entries } = await connection.range({ prefix: scene.keyPrefix });
    for (const { lease } of entries) await connection.revoke(lease);
  }
});
