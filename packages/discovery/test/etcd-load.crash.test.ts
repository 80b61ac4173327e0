import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Crew, eventually, faultScale } from '@tutti/core/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startEtcdCluster } from '../../../tools/services/etcd.ts';
import { describeWith } from '../../../tools/services/needs.ts';
import { endpointOf } from '../src/testing/endpoint-of.ts';
import { compactNow } from './etcd-registry.ts';
import { EtcdScene, long } from './etcd-scene.ts';
import { livesOf, type Watched } from './watched.ts';

const program = fileURLToPath(new URL('./etcd-churner.ts', import.meta.url));

let scene: EtcdScene;
beforeEach(() => {
  scene = new EtcdScene();
});
afterEach(() => scene[Symbol.asyncDispose](), 60_000);

describeWith('etcd', 'an etcd under load', () => {
  async function churners(hosts: readonly string[], count: number): Promise<Crew> {
    const { keyPrefix } = scene;
    const args = Array.from({ length: count }, (_, index) => JSON.stringify({ hosts, keyPrefix, name: `c${index}` }));
    const crew = scene.ends(new Crew(program, args), async (one) => one.killAll());
    await eventually('the first lives', async () => (await scene.held(hosts[0] ?? '')).length > 0, 20_000);
    return crew;
  }
  /** Has them come to rest and says what the registry holds then. */
  async function quieted(crew: Crew, url: string): Promise<readonly string[]> {
    for (let index = 0; index < crew.size; index++) {
      expect(crew.running(index)).toBe(true);
      crew.signal(index, 'SIGHUP');
    }
    const held = await eventually('the last lives, and no others', async () => {
      const all = await scene.held(url);
      return all.length === 2 * crew.size && all.every(({ version }) => version === 'last') && all;
    });
    return livesOf(held);
  }
  async function agree(observers: readonly Watched[], held: readonly string[]): Promise<void> {
    await eventually('all to know the same', () => observers.every(({ lives }) => lives.join() === held.join()));
    for (const { problems, changes } of observers) {
      expect(problems).toEqual([]);
      expect(changes).toBeGreaterThan(20); // it has seen some of it
    }
  }

  it('that is killed and comes back has everybody agree, and brings back no life that was over', { timeout: 240_000 }, async () => {
    const server = await scene.server();
    const crew = await churners([server.url], 3);
    const observers = [scene.observer(scene.backend([server.url])), scene.observer(scene.backend([server.url]))];
    for (let strike = 0; strike < faultScale(15, 0.2); strike++) {
      await pause(700);
      await server.kill();
      await pause(strike % 3 === 2 ? 2_500 : 100); // now and then for longer than a lease
      await server.restart();
      if (strike % 2 === 0) await compactNow(server.url);
    }
    await pause(500);
    await agree(observers, await quieted(crew, server.url));
  });

  it('of three members, the one it asks killed again and again, does as well', { timeout: 240_000 }, async () => {
    const cluster = await startEtcdCluster();
    scene.ends(cluster, (one) => one.stop());
    const crew = await churners(cluster.urls, 2);
    const observers = [scene.observer(scene.backend(cluster.urls)), scene.observer(scene.backend(cluster.urls.toReversed()))];
    for (let strike = 0; strike < faultScale(12, 0.25); strike++) {
      const member = strike % 3;
      await pause(500);
      await cluster.kill(member);
      await pause(1_000);
      await cluster.restart(member);
    }
    await agree(observers, await quieted(crew, cluster.urls[0] ?? ''));
  });

  it('brings lives back that were over where a renewal writes them again (control)', async () => {
    const server = await scene.server();
    const [backend, successor] = [scene.backend([server.url]), scene.backend([server.url])];
    const history = scene.watched(backend);
    const naive = (life: ReturnType<typeof endpointOf>) => backend.put(life, long); // a heartbeat that says all of it, as many registries have them
    await backend.put(endpointOf('a', '1'), long);
    await successor.put(endpointOf('a', '2'), long);
    await backend.renew([endpointOf('a', '1')], long);
    await eventually('the successor', () => history.lives.join() === 'a#2:ready');
    expect(history.problems).toEqual([]);
    await naive(endpointOf('a', '1'));
    await eventually('the resurrected', () => history.problems.some((problem) => problem.includes('a#1 of a was over and has come back')));
  });
});
