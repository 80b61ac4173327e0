import assert from 'node:assert/strict';
import type { Law } from '@tutti/core/testing';
import { withCode } from '@tutti/core/testing';
import type { BackendSubject } from './backend-subject.ts';
import { processOf, ttlMs, voice } from './process.ts';
import { until } from './until.ts';

/** What ServiceDiscovery makes of a registry, and of one that cannot always be reached. */
export const discoveryLaws: readonly Law<BackendSubject>[] = [
  {
    id: 'DI-20',
    title: 'an endpoint is found by every process once it is registered, kept for longer than a lease, and gone once it is deregistered',
    async run(subject) {
      await using home = await processOf(subject);
      await using abroad = await processOf(subject);
      const endpoint = await home.discovery.registerService(voice);
      assert.deepEqual(await home.discovery.getService('voice'), [endpoint]);
      await until(subject, 'news abroad', () => abroad.lives().length === 1);
      for (let passed = 0; passed < 3 * ttlMs; passed += 200) await subject.pass(200);
      assert.deepEqual(await abroad.discovery.getService('voice'), [endpoint]);
      await home.discovery.deregisterService(endpoint);
      assert.deepEqual(await home.discovery.getService('voice'), []);
      await until(subject, 'the end abroad', () => abroad.lives().length === 0);
    },
  },
  {
    id: 'DI-21',
    title: 'what was missed while the registry was out of reach is made up for',
    async run(subject) {
      await using home = await processOf(subject);
      await using abroad = await processOf(subject);
      const first = await home.discovery.registerService(voice);
      const second = await home.discovery.registerService({ ...voice, instanceId: 'voice-002' });
      await until(subject, 'both abroad', () => abroad.lives().length === 2);
      abroad.line.cut();
      await home.discovery.deregisterService(first);
      await home.discovery.drain(second);
      const third = await home.discovery.registerService({ ...voice, instanceId: 'voice-003' });
      await subject.pass(1_000);
      assert.deepEqual(abroad.lives(), [`${first.incarnation}:ready`, `${second.incarnation}:ready`].toSorted());
      abroad.line.mend();
      const now = [`${second.incarnation}:draining`, `${third.incarnation}:ready`].toSorted();
      await until(subject, 'the same set on both sides', () => abroad.lives().join() === now.join());
      assert.deepEqual(home.lives(), now);
    },
  },
  {
    id: 'DI-22',
    title: 'while the registry is out of reach what was known is answered, said to be stale, and heard anew within 5 seconds',
    async run(subject) {
      await using home = await processOf(subject);
      await using abroad = await processOf(subject);
      const endpoint = await home.discovery.registerService(voice);
      await until(subject, 'news abroad', () => abroad.lives().length === 1);
      assert.deepEqual([abroad.discovery.staleMs('voice'), (await abroad.discovery.health()).status], [0, 'healthy']);
      abroad.line.cut();
      for (let passed = 0; passed < 10_000; passed += 500) await subject.pass(500);
      assert.deepEqual(await abroad.discovery.getService('voice'), [endpoint]);
      assert.ok(abroad.discovery.staleMs('voice') >= 9_000);
      assert.equal((await abroad.discovery.health()).status, 'degraded');
      await assert.rejects(abroad.discovery.getService('never-heard-of'), withCode('DISCOVERY_UNAVAILABLE'));
      abroad.line.mend();
      const mendedAt = subject.runtime.clock.now();
      await until(subject, 'the registry heard again', () => abroad.discovery.staleMs('voice') === 0);
      assert.ok(subject.runtime.clock.now() - mendedAt < 5_000);
      await abroad.discovery.ready('never-heard-of');
      assert.deepEqual(await abroad.discovery.getService('never-heard-of'), []);
      assert.equal((await abroad.discovery.health()).status, 'healthy');
    },
  },
  {
    id: 'DI-23',
    title: 'an endpoint whose lease was lost is registered again as a new life, and its first reference still deregisters it',
    async run(subject) {
      await using home = await processOf(subject);
      await using abroad = await processOf(subject);
      const endpoint = await home.discovery.registerService(voice);
      await until(subject, 'news abroad', () => abroad.lives().length === 1);
      home.line.cut();
      await until(subject, 'the end of the lease', () => abroad.lives().length === 0);
      assert.equal((await home.discovery.health()).status, 'degraded');
      home.line.mend();
      await until(subject, 'the new life', () => abroad.lives().length === 1);
      const [again] = await abroad.discovery.getService('voice');
      assert.notEqual(again?.incarnation, endpoint.incarnation);
      assert.deepEqual({ ...again, incarnation: '' }, { ...endpoint, incarnation: '' });
      await home.discovery.deregisterService(endpoint);
      await until(subject, 'the end', () => abroad.lives().length === 0);
    },
  },
  {
    id: 'DI-24',
    title: 'a process whose instance another one has registered gives it up, and its farewell does not touch the other',
    async run(subject) {
      await using late = await processOf(subject);
      await using successor = await processOf(subject);
      await late.discovery.registerService(voice);
      const endpoint = await successor.discovery.registerService({ ...voice, port: 9009 });
      for (let passed = 0; passed < 3 * ttlMs; passed += 200) await subject.pass(200);
      await late.discovery.stop();
      assert.deepEqual(successor.lives(), [`${endpoint.incarnation}:ready`]);
      assert.deepEqual(await successor.discovery.getService('voice'), [endpoint]);
    },
  },
  {
    id: 'DI-25',
    title: 'a drained endpoint stays drained for everybody, also after its lease was lost',
    async run(subject) {
      await using home = await processOf(subject);
      await using abroad = await processOf(subject);
      const endpoint = await home.discovery.registerService(voice);
      await abroad.discovery.drain(endpoint);
      assert.deepEqual(await abroad.discovery.getService('voice'), []);
      await until(subject, 'the news at home', () => home.lives()[0] === `${endpoint.incarnation}:draining`);
      for (let passed = 0; passed < ttlMs; passed += 200) await subject.pass(200);
      home.line.cut();
      await until(subject, 'the end of the lease', () => abroad.lives().length === 0);
      home.line.mend();
      await until(subject, 'the new life', () => abroad.lives().length === 1);
      const [again] = await abroad.discovery.getService('voice', { states: ['draining'] });
      assert.notEqual(again?.incarnation, endpoint.incarnation);
      assert.deepEqual(await abroad.discovery.getService('voice'), []);
    },
  },
];
