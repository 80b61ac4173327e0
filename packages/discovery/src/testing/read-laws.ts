import assert from 'node:assert/strict';
import type { Endpoint } from '@tutti/core';
import type { Law } from '@tutti/core/testing';
import { withCode } from '@tutti/core/testing';
import type { BackendSubject } from './backend-subject.ts';
import { endpointOf } from './endpoint-of.ts';
import { registryWatch } from './registry-watch.ts';
import { until } from './until.ts';

const long = 600_000;
const one = endpointOf('one', '1', { host: '127.0.0.1', port: 8001 });
const two = endpointOf('two', '1', { host: '127.0.0.2', port: 8002 });
const moved = endpointOf('two', '2', { host: '127.0.0.3', port: 8002 });

/** Where endpoints are, which is all that every registry can say: a zone of DNS knows no ids, and a file names no incarnations. */
const places = (endpoints: Iterable<Endpoint>): readonly string[] =>
  Array.from(endpoints, ({ host, port }) => `${host}:${port}`).toSorted();

async function published(subject: BackendSubject, serviceName: string, endpoints: readonly Endpoint[]): Promise<void> {
  if (subject.publish) return subject.publish(serviceName, endpoints);
  const backend = await subject.connect();
  await using watch = registryWatch(backend, serviceName);
  await until(subject, 'what there was', () => watch.heard.length > 0);
  const wanted = new Set(endpoints.map(({ incarnation }) => incarnation));
  for (const known of [...watch.endpoints.values()]) if (!wanted.has(known.incarnation)) await backend.remove(known);
  for (const endpoint of endpoints) await backend.put({ ...endpoint, serviceName }, long);
}

/** What every registry keeps, also one that is written by somebody else. The subject must be told how, by `publish`, where `put` is missing. */
export const readLaws: readonly Law<BackendSubject>[] = [
  {
    id: 'DI-40',
    title: 'a watch of a service that nobody wrote down begins with an empty snapshot',
    async run(subject) {
      await published(subject, 'chart', [one]);
      await using watch = registryWatch(await subject.connect());
      await until(subject, 'the snapshot', () => watch.heard.length > 0);
      assert.deepEqual(watch.heard, ['snapshot:0']);
    },
  },
  {
    id: 'DI-41',
    title: 'the snapshot holds what was written, each in its place and ready',
    async run(subject) {
      await published(subject, 'voice', [one, two]);
      await published(subject, 'chart', [moved]);
      await using watch = registryWatch(await subject.connect());
      await until(subject, 'the snapshot', () => watch.heard.length > 0);
      assert.deepEqual([watch.heard, places(watch.endpoints.values())], [['snapshot:2'], places([one, two])]);
      for (const endpoint of watch.endpoints.values()) assert.deepEqual([endpoint.serviceName, endpoint.state], ['voice', 'ready']);
    },
  },
  {
    id: 'DI-42',
    title: 'a watch comes to what is written later: more, elsewhere, less, and nothing',
    async run(subject) {
      await published(subject, 'voice', [one]);
      await using watch = registryWatch(await subject.connect());
      for (const endpoints of [[one], [one, two], [one, moved], [moved], []]) {
        await published(subject, 'voice', endpoints);
        await until(subject, `${endpoints.length} endpoints`, () => places(watch.endpoints.values()).join() === places(endpoints).join());
      }
    },
  },
  {
    id: 'DI-43',
    title: 'an endpoint that moved is another life, and one that stayed is the same',
    async run(subject) {
      await published(subject, 'voice', [one, two]);
      await using watch = registryWatch(await subject.connect());
      const lifeAt = (place: Endpoint): string | undefined =>
        [...watch.endpoints.values()].find(({ host, port }) => host === place.host && port === place.port)?.incarnation;
      await until(subject, 'the snapshot', () => watch.endpoints.size === 2);
      const [ofOne, ofTwo] = [lifeAt(one), lifeAt(two)];
      await published(subject, 'voice', [one, moved]);
      await until(subject, 'the move', () => lifeAt(moved) !== undefined && watch.endpoints.size === 2);
      assert.equal(lifeAt(one), ofOne);
      assert.notEqual(lifeAt(moved), ofTwo);
    },
  },
  {
    id: 'DI-44',
    title: 'two clients tell the same lives',
    async run(subject) {
      await published(subject, 'voice', [one, two]);
      await using first = registryWatch(await subject.connect());
      await using second = registryWatch(await subject.connect());
      await until(subject, 'both snapshots', () => first.endpoints.size === 2 && second.endpoints.size === 2);
      assert.deepEqual(first.lives, second.lives);
    },
  },
  {
    id: 'DI-45',
    title: 'a watch that was aborted resolves and hears nothing more',
    async run(subject) {
      const backend = await subject.connect();
      const [ended, other] = [registryWatch(backend), registryWatch(backend)];
      await until(subject, 'both snapshots', () => ended.heard.length > 0 && other.heard.length > 0);
      ended.abort();
      await ended.ended;
      await published(subject, 'voice', [one]);
      await until(subject, 'news for the other', () => other.lives.length === 1);
      assert.deepEqual(ended.heard, ['snapshot:0']);
      other.abort();
      await other.ended;
      await backend.watch('voice', () => assert.fail('was never wanted'), AbortSignal.abort());
    },
  },
  {
    id: 'DI-46',
    title: 'a client that was closed ends its watches and does nothing more, as often as it is closed',
    async run(subject) {
      const backend = await subject.connect();
      const watch = registryWatch(backend);
      await until(subject, 'the snapshot', () => watch.heard.length > 0);
      await backend.close();
      await backend.close();
      await watch.ended;
      await assert.rejects(
        backend.watch('voice', () => {}, new AbortController().signal),
        withCode('NOT_RUNNING'),
      );
    },
  },
  {
    id: 'DI-47',
    title: 'a registry that is only read says so to whoever writes, and no other one does',
    async run(subject) {
      const backend = await subject.connect();
      const writes = [
        () => backend.put(one, long),
        () => backend.renew([one], long),
        () => backend.mark(one, 'draining'),
        () => backend.remove(one),
      ];
      for (const write of writes)
        await (backend.capabilities.registers ? assert.doesNotReject(write()) : assert.rejects(write(), withCode('CAPABILITY_MISSING')));
    },
  },
];
