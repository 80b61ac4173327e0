import assert from 'node:assert/strict';
import type { Law } from '@tutti/core/testing';
import { HealthChecker } from '../health/health-checker.ts';
import type { BackendSubject } from './backend-subject.ts';
import { EndpointHistory } from './endpoint-history.ts';
import { processOf, ttlMs, voice } from './process.ts';
import { until } from './until.ts';

/** What processes are to each other that share a registry. */
export const processLaws: readonly Law<BackendSubject>[] = [
  {
    id: 'DI-27',
    title: 'an endpoint with a health check is ready for everybody once it is well, and unhealthy when it no longer is',
    async run(subject) {
      const { runtime } = subject;
      const healthChecks = new HealthChecker({ runtime, interval: '500ms', fall: 2 });
      await using home = await processOf(subject, { healthChecks });
      await using abroad = await processOf(subject);
      let well = false;
      const check = async (): Promise<void> => assert.ok(well, 'it is not well');
      const { incarnation } = await home.discovery.registerService({ ...voice, healthCheck: { kind: 'function', check } });
      const seen = (state: string): Promise<unknown> => until(subject, state, () => abroad.lives()[0] === `${incarnation}:${state}`);
      await seen('unhealthy');
      assert.deepEqual(await abroad.discovery.getService('voice'), []);
      well = true;
      await seen('ready');
      well = false;
      await seen('unhealthy');
    },
  },
  {
    id: 'DI-28',
    title: 'an instance that is registered again in its process is another life, and references of the first one no longer touch it',
    async run(subject) {
      await using home = await processOf(subject);
      const first = await home.discovery.registerService(voice);
      const second = await home.discovery.registerService({ ...voice, port: 9009 });
      await home.discovery.deregisterService(first);
      await home.discovery.drain(first);
      assert.deepEqual(await home.discovery.getService('voice'), [second]);
      assert.notEqual(first.incarnation, second.incarnation);
    },
  },
  {
    id: 'DI-29',
    title: 'what others deregister of a process that lives is registered again, as a new life',
    async run(subject) {
      await using home = await processOf(subject);
      await using abroad = await processOf(subject);
      const { incarnation } = await home.discovery.registerService(voice);
      const [known] = await until(subject, 'news abroad', async () => {
        const found = await abroad.discovery.getService('voice');
        return found.length > 0 && found;
      });
      assert.ok(known);
      await abroad.discovery.deregisterService(known);
      await until(subject, 'the new life', () => abroad.lives().length === 1 && !abroad.lives()[0]?.startsWith(incarnation));
    },
  },
  {
    id: 'DI-30',
    title: 'a query finds abroad what it finds at home',
    async run(subject) {
      await using home = await processOf(subject);
      await using abroad = await processOf(subject);
      const south = await home.discovery.registerService({ ...voice, instanceId: 'south', zone: 'south', tags: ['ai'], version: '1' });
      const north = await home.discovery.registerService({ ...voice, instanceId: 'north', zone: 'north', metadata: { rack: '7' } });
      await until(subject, 'news abroad', () => abroad.lives().length === 2);
      for (const { discovery } of [home, abroad]) {
        assert.deepEqual(await discovery.getService('voice', { anyTags: ['ai', 'beta'], zone: ['south', 'east'] }), [south]);
        assert.deepEqual(await discovery.getService('voice', { not: { version: '1' }, metadata: { rack: ['6', '7'] } }), [north]);
        assert.deepEqual(await discovery.getService('voice', { any: [] }), []);
      }
    },
  },
  {
    id: 'DI-31',
    title: 'a lookup gives what is known, at once, and the same list until something changes',
    async run(subject) {
      await using home = await processOf(subject);
      const endpoint = await home.discovery.registerService(voice);
      await home.discovery.ready('voice');
      await until(subject, 'its own news', () => home.lives().length === 1);
      const list = home.discovery.lookup('voice');
      assert.deepEqual(list, [endpoint]);
      assert.equal(home.discovery.lookup('voice'), list);
      await home.discovery.drain(endpoint);
      assert.deepEqual(home.discovery.lookup('voice'), []);
    },
  },
  {
    id: 'DI-32',
    title: 'tenants in different processes neither see nor touch what is another’s, also under the same id',
    async run(subject) {
      await using home = await processOf(subject);
      await using abroad = await processOf(subject);
      const [acme, zen] = [home.discovery.forTenant('acme'), abroad.discovery.forTenant('zen')];
      const [ofAcme, ofZen] = [await acme.registerService(voice), await zen.registerService(voice)];
      await until(subject, 'both on both sides', () => home.lives().length === 2 && abroad.lives().length === 2);
      await zen.deregisterService(ofAcme);
      await acme.drain(ofZen);
      assert.deepEqual([await acme.getService('voice'), await zen.getService('voice')], [[ofAcme], [ofZen]]);
    },
  },
  {
    id: 'DI-33',
    title: 'when most of a service vanishes at once others keep it as suspect, and believe the registry again when it is back',
    async run(subject) {
      const probe = (): { kind: 'function'; check(): Promise<void> } => ({ kind: 'function', check: async () => {} });
      await using home = await processOf(subject);
      await using abroad = await processOf(subject, { selfPreservation: { probe } });
      const ids = Array.from({ length: 6 }, (_none, index) => `i${index}`);
      for (const instanceId of ids) await home.discovery.registerService({ ...voice, instanceId });
      await until(subject, 'all abroad', () => abroad.lives().length === ids.length);
      home.line.cut();
      const suspects = async (): Promise<number> => (await abroad.discovery.getService('voice', { suspects: 'only' })).length;
      await until(subject, 'the doubt', async () => (await suspects()) === ids.length);
      assert.equal((await abroad.discovery.getService('voice')).length, ids.length);
      assert.equal((await abroad.discovery.health()).status, 'degraded');
      home.line.mend();
      await until(subject, 'the end of the doubt', async () => (await suspects()) === 0);
      assert.equal((await abroad.discovery.getService('voice')).length, ids.length);
    },
  },
  {
    id: 'DI-34',
    title: 'processes that come, go, and lose their ways to the registry hear of no life again that was over, and agree at last',
    async run(subject) {
      await using home = await processOf(subject);
      await using abroad = await processOf(subject);
      const history = new EndpointHistory(subject.runtime.clock);
      for (const [name, { discovery }] of Object.entries({ home, abroad })) history.follow(name, discovery, 'voice');
      const [first] = [await home.discovery.registerService(voice)];
      abroad.line.cut();
      await home.discovery.deregisterService(first);
      const second = await home.discovery.registerService(voice);
      await subject.pass(500);
      abroad.line.mend();
      home.line.cut();
      await subject.pass(2 * ttlMs);
      home.line.mend();
      const settled = (): boolean => home.lives().length === 1 && home.lives().join() === abroad.lives().join();
      await until(subject, 'the same life on both sides, and not the one that was lost', () => {
        return settled() && !home.lives()[0]?.startsWith(second.incarnation);
      });
      history.check(await abroad.discovery.getService('voice'));
    },
  },
];
