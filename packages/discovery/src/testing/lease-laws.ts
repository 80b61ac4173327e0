import assert from 'node:assert/strict';
import type { Law } from '@tutti/core/testing';
import { withCode } from '@tutti/core/testing';
import type { BackendSubject } from './backend-subject.ts';
import { endpointOf } from './endpoint-of.ts';
import { registryWatch } from './registry-watch.ts';
import { until } from './until.ts';

const long = 600_000;
const short = 2_000;

/** How lives begin, last and end. */
export const leaseLaws: readonly Law<BackendSubject>[] = [
  {
    id: 'DI-4',
    title: 'a life that nobody renews ends, no sooner than its lease, and watches hear of it',
    async run(subject) {
      const backend = await subject.connect();
      await backend.put(endpointOf('a', '1'), short);
      await backend.put(endpointOf('b', '1'), long);
      await using watch = registryWatch(backend);
      await until(subject, 'the snapshot', () => watch.heard.length > 0);
      await subject.pass(short / 5);
      assert.deepEqual(watch.lives, ['a#1:ready', 'b#1:ready']);
      await until(subject, 'the end of a', () => watch.heard.includes('remove:a#1'));
      assert.deepEqual(watch.lives, ['b#1:ready']);
    },
  },
  {
    id: 'DI-5',
    title: 'a life that is renewed stays, and the renewal says its state',
    async run(subject) {
      const backend = await subject.connect();
      const life = endpointOf('a', '1');
      await backend.put(life, short);
      await using watch = registryWatch(backend);
      for (let passed = 0; passed < 3 * short; passed += short / 5) {
        await subject.pass(short / 5);
        assert.deepEqual(await backend.renew([life], short), ['ready']);
      }
      assert.deepEqual(watch.heard, ['snapshot:1']);
    },
  },
  {
    id: 'DI-6',
    title: 'a renewal that comes after the end of a life brings nothing back',
    async run(subject) {
      const backend = await subject.connect();
      const [expired, removed] = [endpointOf('a', '1'), endpointOf('b', '1')];
      await using watch = registryWatch(backend);
      await backend.put(expired, short);
      await backend.put(removed, long);
      await backend.remove(removed);
      await until(subject, 'the ends of both', () => watch.heard.includes('remove:a#1') && watch.lives.length === 0);
      assert.deepEqual(await backend.renew([expired, removed], long), ['gone', 'gone']);
      await backend.put(endpointOf('c', '1'), long);
      await until(subject, 'news of c', () => watch.lives.length > 0);
      assert.deepEqual(watch.lives, ['c#1:ready']);
    },
  },
  {
    id: 'DI-7',
    title: 'a new life takes the place of the old one in one step, and renewals of the old one do nothing',
    async run(subject) {
      const backend = await subject.connect();
      const [old, young] = [endpointOf('a', '1'), endpointOf('a', '2', { port: 9009 })];
      await backend.put(old, long);
      await using watch = registryWatch(backend);
      await until(subject, 'the snapshot', () => watch.heard.length > 0);
      await backend.put(young, short);
      assert.deepEqual(await backend.renew([old], long), ['replaced']);
      await until(subject, 'the new life', () => watch.lives[0] === 'a#2:ready');
      assert.deepEqual(watch.heard, ['snapshot:1', 'upsert:a#2:ready']);
      assert.equal(watch.endpoints.get('a')?.port, 9009);
      await until(subject, 'the end of a lease that the old life could not make longer', () => watch.lives.length === 0);
    },
  },
  {
    id: 'DI-8',
    title: 'a late farewell of an old life leaves its successor alone',
    async run(subject) {
      const backend = await subject.connect();
      const [old, young] = [endpointOf('a', '1'), endpointOf('a', '2')];
      await backend.put(old, long);
      await backend.put(young, long);
      await backend.remove(old);
      assert.deepEqual(await backend.renew([young], long), ['ready']);
      await using watch = registryWatch(backend);
      await until(subject, 'the snapshot', () => watch.heard.length > 0);
      assert.deepEqual(watch.lives, ['a#2:ready']);
    },
  },
  {
    id: 'DI-9',
    title: 'a late mark of an old life leaves its successor alone',
    async run(subject) {
      const backend = await subject.connect();
      const [old, young] = [endpointOf('a', '1'), endpointOf('a', '2')];
      await backend.put(old, long);
      await backend.put(young, long);
      assert.equal(await backend.mark(old, 'draining'), 'replaced');
      assert.equal(await backend.mark(endpointOf('b', '1'), 'draining'), 'gone');
      assert.deepEqual(await backend.renew([young], long), ['ready']);
    },
  },
  {
    id: 'DI-10',
    title: 'draining is the last state of a life, and its successor begins afresh',
    async run(subject) {
      const backend = await subject.connect();
      const life = endpointOf('a', '1');
      await backend.put(life, long);
      assert.equal(await backend.mark(life, 'unhealthy'), 'unhealthy');
      assert.equal(await backend.mark(life, 'draining'), 'draining');
      assert.equal(await backend.mark(life, 'ready'), 'draining');
      assert.deepEqual(await backend.renew([life], long), ['draining']);
      const successor = endpointOf('a', '2');
      await backend.put(successor, long);
      assert.deepEqual(await backend.renew([successor], long), ['ready']);
    },
  },
  {
    id: 'DI-14',
    title: 'calls of one client take effect in the order in which they were made',
    async run(subject) {
      const backend = await subject.connect();
      const [first, second] = [endpointOf('a', '1'), endpointOf('a', '2')];
      await Promise.all([
        backend.put(first, long),
        backend.mark(first, 'draining'),
        backend.remove(first),
        backend.put(second, long),
        backend.mark(second, 'unhealthy'),
      ]);
      assert.deepEqual(await backend.renew([first, second], long), ['replaced', 'unhealthy']);
    },
  },
  {
    id: 'DI-16',
    title: 'renews many lives at once and answers for each in its place',
    async run(subject) {
      const backend = await subject.connect();
      const lives = Array.from({ length: 50 }, (_none, index) => endpointOf(`i${index}`, '1'));
      await Promise.all(lives.map((life, index) => index % 2 === 0 && backend.put(life, long)));
      const states = await backend.renew(lives, long);
      assert.deepEqual(
        states,
        lives.map((_life, index) => (index % 2 === 0 ? 'ready' : 'gone')),
      );
      assert.deepEqual(await backend.renew([], long), []);
    },
  },
  {
    id: 'DI-17',
    title: 'a client that was closed leaves what it registered to its lease, and does nothing more',
    async run(subject) {
      const [one, other] = [await subject.connect(), await subject.connect()];
      const life = endpointOf('a', '1');
      await one.put(life, long);
      const watch = registryWatch(one);
      await until(subject, 'the snapshot', () => watch.heard.length > 0);
      await one.close();
      await one.close();
      await watch.ended;
      await assert.rejects(one.put(life, long), withCode('NOT_RUNNING'));
      await assert.rejects(one.renew([life], long), withCode('NOT_RUNNING'));
      await assert.rejects(
        one.watch('voice', () => {}, new AbortController().signal),
        withCode('NOT_RUNNING'),
      );
      assert.deepEqual(await other.renew([life], long), ['ready']);
    },
  },
];
