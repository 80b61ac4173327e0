import assert from 'node:assert/strict';
import type { Law } from '@tutti/core/testing';
import type { BackendSubject } from './backend-subject.ts';
import { endpointOf } from './endpoint-of.ts';
import { registryWatch } from './registry-watch.ts';
import { until } from './until.ts';

const long = 600_000;
const short = 2_000;

/** Leases that several clients have to do with, and calls that find nothing. */
export const contestLaws: readonly Law<BackendSubject>[] = [
  {
    id: 'DI-60',
    title: 'a renewal says how long the lease lasts from now, longer or shorter',
    async run(subject) {
      const backend = await subject.connect();
      const [longer, shorter] = [endpointOf('longer', '1'), endpointOf('shorter', '1')];
      await backend.put(longer, short);
      await backend.put(shorter, long);
      assert.deepEqual(await backend.renew([longer], long), ['ready']);
      assert.deepEqual(await backend.renew([shorter], short), ['ready']);
      await using watch = registryWatch(backend);
      await until(subject, 'the end of the shorter one', () => watch.lives.length === 1);
      assert.deepEqual(watch.lives, ['longer#1:ready']);
    },
  },
  {
    id: 'DI-61',
    title: 'a lease belongs to the life, not to the client: any may renew, mark and remove it',
    async run(subject) {
      const [one, other] = [await subject.connect(), await subject.connect()];
      const life = endpointOf('a', '1');
      await one.put(life, short);
      await using watch = registryWatch(one);
      await until(subject, 'the snapshot', () => watch.heard.length > 0);
      for (let passed = 0; passed < 2 * short; passed += short / 5) {
        await subject.pass(short / 5);
        assert.deepEqual(await other.renew([life], short), ['ready']);
      }
      assert.equal(await other.mark(life, 'unhealthy'), 'unhealthy');
      await other.remove(life);
      await until(subject, 'its end', () => watch.lives.length === 0);
      assert.deepEqual(await one.renew([life], short), ['gone']);
    },
  },
  {
    id: 'DI-62',
    title: 'of clients that put an instance at once one prevails, and all watches agree on which',
    async run(subject) {
      const clients = [await subject.connect(), await subject.connect(), await subject.connect()];
      const watches = clients.map((client) => registryWatch(client));
      await until(subject, 'the snapshots', () => watches.every(({ heard }) => heard.length > 0));
      const lives = clients.map((_client, index) => endpointOf('a', `${index}`));
      await Promise.all(clients.map((client, index) => client.put(lives[index] ?? endpointOf('a', 'none'), long)));
      const states = (await clients[0]?.renew(lives, long)) ?? [];
      assert.deepEqual(states.toSorted(), ['ready', 'replaced', 'replaced']);
      const winner = `a#${states.indexOf('ready')}:ready`;
      await until(subject, 'one winner', () => watches.every((watch) => watch.lives.join() === winner));
      for (const watch of watches) {
        await using ending = watch;
        assert.deepEqual(ending.lives, [winner]);
      }
    },
  },
  {
    id: 'DI-63',
    title: 'an unhealthy life may be ready again, as often as it likes',
    async run(subject) {
      const backend = await subject.connect();
      const life = endpointOf('a', '1');
      await backend.put(life, long);
      await using watch = registryWatch(backend);
      for (const state of ['unhealthy', 'ready', 'unhealthy', 'ready'] as const) {
        assert.equal(await backend.mark(life, state), state);
        assert.equal(await backend.mark(life, state), state);
        await until(subject, `news that it is ${state}`, () => watch.lives[0] === `a#1:${state}`);
      }
    },
  },
  {
    id: 'DI-64',
    title: 'to end, mark or renew what is not there changes nothing',
    async run(subject) {
      const backend = await subject.connect();
      const [there, never] = [endpointOf('a', '1'), endpointOf('b', '1')];
      await backend.put(there, long);
      await backend.remove(never);
      assert.equal(await backend.mark(never, 'draining'), 'gone');
      assert.deepEqual(await backend.renew([never, there, never], long), ['gone', 'ready', 'gone']);
      await backend.remove({ ...there, serviceName: 'chart' });
      await using watch = registryWatch(backend);
      await until(subject, 'the snapshot', () => watch.heard.length > 0);
      assert.deepEqual(watch.heard, ['snapshot:1']);
    },
  },
  {
    id: 'DI-65',
    title: 'an instance whose lease ended begins anew under its id, with a state and a lease of its own',
    async run(subject) {
      const backend = await subject.connect();
      await backend.put(endpointOf('a', '1', { state: 'draining' }), short);
      await using watch = registryWatch(backend);
      await until(subject, 'the end of the first life', () => watch.heard.includes('remove:a#1'));
      await backend.put(endpointOf('a', '2'), long);
      await subject.pass(short);
      assert.deepEqual(await backend.renew([endpointOf('a', '1'), endpointOf('a', '2')], long), ['replaced', 'ready']);
      await until(subject, 'the second life', () => watch.lives[0] === 'a#2:ready');
    },
  },
];
