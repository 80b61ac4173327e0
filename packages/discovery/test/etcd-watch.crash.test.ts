import { setTimeout as pause } from 'node:timers/promises';
import { type EtcdConnection, etcdConnection } from '@tutti/core/etcd';
import { eventually, type TcpFaultProxy, tcpFaultProxy } from '@tutti/core/testing';
import type { DiscoveryBackend } from '@tutti/discovery';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EtcdServer, startEtcdCluster } from '../../../tools/services/etcd.ts';
import { describeWith } from '../../../tools/services/needs.ts';
import { endpointOf } from '../src/testing/endpoint-of.ts';
import { compactNow, quiet } from './etcd-registry.ts';
import { EtcdScene, long, lookMs } from './etcd-scene.ts';
import type { Watched } from './watched.ts';

let scene: EtcdScene;
beforeEach(() => {
  scene = new EtcdScene();
});
afterEach(() => scene[Symbol.asyncDispose](), 60_000);

describeWith('etcd', 'a watch of etcd', () => {
  let server: EtcdServer;
  let proxy: TcpFaultProxy;
  let hosts: readonly string[];
  let writer: DiscoveryBackend;
  beforeEach(async () => {
    server = await scene.server();
    proxy = scene.ends(await tcpFaultProxy({ target: { port: server.port } }), (one) => one.close());
    hosts = [`http://127.0.0.1:${proxy.port}`];
    writer = scene.backend([server.url]);
  }, 40_000);

  const begun = async (backend: DiscoveryBackend): Promise<ReturnType<EtcdScene['watched']>> => {
    const history = scene.watched(backend);
    await eventually('the snapshot', () => history.changes > 0);
    return history;
  };

  it('comes to what there is although etcd has forgotten what it missed', async () => {
    const history = scene.observer(scene.backend(hosts));
    await writer.put(endpointOf('a', '1'), long);
    await writer.put(endpointOf('b', '1'), long);
    await eventually('both', () => history.lives.length === 2);
    await proxy.change({ connect: 'refuse' });
    proxy.end('cut');
    await writer.remove(endpointOf('a', '1'));
    await writer.put(endpointOf('b', '2'), long);
    await writer.put(endpointOf('c', '1'), long);
    await compactNow(server.url);
    await proxy.heal();
    await eventually('what was missed', () => history.lives.join() === 'b#2:ready,c#1:ready');
    expect(history.problems).toEqual([]);
  });

  describe('whose revision is compacted before it begins', () => {
    /** A way to etcd on which the first watch is kept back until much has happened, and been compacted. */
    async function delayed(watch: (real: EtcdConnection) => EtcdConnection['watch']): Promise<Watched> {
      const real = etcdConnection({ hosts: [server.url], keyPrefix: scene.keyPrefix, runtime: quiet });
      scene.ends(real, (one) => one.stop());
      await real.start();
      const placed = Promise.withResolvers<void>();
      let watches = 0;
      const connection = Object.create(real, {
        watch: {
          value: async (...[asked, listener, signal]: Parameters<EtcdConnection['watch']>) => {
            if (watches++ === 0) {
              await writer.remove(endpointOf('a', '1'));
              await writer.put(endpointOf('b', '1'), long);
              await compactNow(server.url);
            }
            const hear: typeof listener = (events) => {
              placed.resolve();
              listener(events);
            };
            return watch(real)(asked, hear, signal);
          },
        },
      }) as EtcdConnection;
      await writer.put(endpointOf('a', '1'), long);
      const history = scene.watched(scene.backend([], { connection, lookEvery: '1h' }));
      await placed.promise;
      return history;
    }

    it('is read again', async () => {
      const history = await delayed((real) => real.watch);
      await eventually('what was missed', () => history.lives.join() === 'b#1:ready');
    });

    it('misses it for good where it goes on from now instead (control)', async () => {
      const history = await delayed(
        (real) =>
          ({ prefix }, listener, signal) =>
            real.watch({ prefix }, listener, signal),
      );
      await writer.put(endpointOf('c', '1'), long);
      await eventually('what came after', () => history.lives.includes('c#1:ready'));
      expect(history.lives).toEqual(['a#1:ready', 'c#1:ready']);
    });
  });

  describe('on a line that swallows', () => {
    it('is found out by asking, and lost in time', async () => {
      const history = await begun(scene.backend(hosts));
      await proxy.change({ toClient: { blackHole: true } });
      await expect(history.ended).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('no answer within 500 ms'),
      });
    });

    it('that swallowed one event is found out by comparing, and read again', async () => {
      const history = await begun(scene.backend(hosts, { lookEvery: '2s' })); // what it asks is not swallowed, too
      await swallow(async () => writer.put(endpointOf('a', '1'), long));
      await eventually('what was swallowed', () => history.lives.join() === 'a#1:ready');
      await writer.remove(endpointOf('a', '1'));
      await eventually('what came after', () => history.lives.length === 0);
    });

    it('hears nothing of it where it never asks (control)', async () => {
      const history = await begun(scene.backend(hosts, { lookEvery: '1h' }));
      await swallow(async () => writer.put(endpointOf('a', '1'), long));
      await writer.put(endpointOf('b', '1'), long);
      await pause(6 * lookMs);
      expect(history.lives).not.toContain('a#1:ready');
    });

    /** The line loses what comes meanwhile, and is good again before anybody asks anything over it. */
    async function swallow(work: () => Promise<void>): Promise<void> {
      await proxy.change({ toClient: { blackHole: true } });
      await work();
      await pause(50);
      await proxy.heal();
    }
  });

  it('ends with its backend, which leaves no connection open', async () => {
    const backend = scene.backend(hosts);
    const history = await begun(backend);
    await backend.put(endpointOf('a', '1'), long);
    expect(proxy.open).toBeGreaterThan(1);
    await backend.close();
    await history.ended;
    await eventually('no connection', () => proxy.open === 0);
  });

  it('at a member that has lost the others is lost, and goes on elsewhere', { timeout: 90_000 }, async () => {
    const cluster = await startEtcdCluster();
    scene.ends(cluster, (one) => one.stop());
    const [alone = '', ...others] = cluster.urls;
    const history = await begun(scene.backend([alone], { lookEvery: '1h' }));
    await Promise.all([cluster.kill(1), cluster.kill(2)]);
    await expect(history.ended).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await Promise.all([cluster.restart(1), cluster.restart(2)]);
    const elsewhere = scene.observer(scene.backend([alone, ...others]));
    await scene.backend(others).put(endpointOf('a', '1'), long);
    await eventually('what there is', () => elsewhere.lives.join() === 'a#1:ready');
  });
});
