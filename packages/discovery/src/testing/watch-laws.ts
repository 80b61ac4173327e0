import assert from 'node:assert/strict';
import type { Law } from '@tutti/core/testing';
import type { BackendSubject } from './backend-subject.ts';
import { endpointOf } from './endpoint-of.ts';
import { registryWatch } from './registry-watch.ts';
import { until } from './until.ts';

const long = 600_000;

/** What watches hear. */
export const watchLaws: readonly Law<BackendSubject>[] = [
  {
    id: 'DI-1',
    title: 'a watch of a service that nobody registered begins with an empty snapshot',
    async run(subject) {
      await using watch = registryWatch(await subject.connect());
      await until(subject, 'the snapshot', () => watch.heard.length > 0);
      assert.deepEqual(watch.heard, ['snapshot:0']);
    },
  },
  {
    id: 'DI-2',
    title: 'what was put is in the snapshot of every later watch, with all its fields',
    async run(subject) {
      const bare = endpointOf('a', '1');
      const full = endpointOf('b', '1', {
        host: '::1',
        version: '1.2.0',
        zone: 'north',
        weight: 0.5,
        tags: ['voice', 'ai'],
        metadata: { owner: "Ada's", empty: '' },
        tenant: 'acme',
        state: 'unhealthy',
      });
      const writer = await subject.connect();
      await writer.put(bare, long);
      await writer.put(full, long);
      for (const reader of [writer, await subject.connect()]) {
        await using watch = registryWatch(reader);
        await until(subject, 'the snapshot', () => watch.heard.length > 0);
        assert.deepEqual(watch.heard, ['snapshot:2']);
        assert.deepEqual([watch.endpoints.get('a'), watch.endpoints.get('b')], [bare, full]);
      }
    },
  },
  {
    id: 'DI-3',
    title: 'a watch hears of a life that begins, changes and ends, in that order',
    async run(subject) {
      const backend = await subject.connect();
      await using watch = registryWatch(backend);
      const life = endpointOf('a', '1');
      const heard = (last: string): Promise<unknown> => until(subject, last, () => watch.heard.at(-1) === last);
      await heard('snapshot:0');
      await backend.put(life, long);
      await heard('upsert:a#1:ready');
      await backend.mark(life, 'unhealthy');
      await heard('upsert:a#1:unhealthy');
      await backend.renew([life], long);
      await backend.remove(life);
      await heard('remove:a#1');
      assert.deepEqual(watch.heard, ['snapshot:0', 'upsert:a#1:ready', 'upsert:a#1:unhealthy', 'remove:a#1']);
    },
  },
  {
    id: 'DI-11',
    title: 'what one client writes, another reads at once and hears of',
    async run(subject) {
      const [writer, reader] = [await subject.connect(), await subject.connect()];
      const life = endpointOf('a', '1');
      await using watch = registryWatch(reader);
      await until(subject, 'the snapshot', () => watch.heard.length > 0);
      await writer.put(life, long);
      assert.deepEqual(await reader.renew([life], long), ['ready']);
      await until(subject, 'news of the other client', () => watch.lives[0] === 'a#1:ready');
      await reader.mark(life, 'draining');
      assert.deepEqual(await writer.renew([life], long), ['draining']);
    },
  },
  {
    id: 'DI-12',
    title: 'services are apart, also where instances have the same id',
    async run(subject) {
      const backend = await subject.connect();
      const [voice, chart] = [endpointOf('a', '1'), endpointOf('a', '2', { serviceName: 'chart' })];
      await using watch = registryWatch(backend);
      await until(subject, 'the snapshot', () => watch.heard.length > 0);
      await backend.put(chart, long);
      await backend.put(voice, long);
      await backend.remove(chart);
      await until(subject, 'news of voice', () => watch.heard.length > 1);
      assert.deepEqual(watch.heard, ['snapshot:0', 'upsert:a#1:ready']);
      assert.deepEqual(await backend.renew([voice, chart], long), ['ready', 'gone']);
    },
  },
  {
    id: 'DI-13',
    title: 'a watch that was aborted resolves and hears nothing more, while others go on',
    async run(subject) {
      const backend = await subject.connect();
      const [ended, other] = [registryWatch(backend), registryWatch(backend)];
      await until(subject, 'both snapshots', () => ended.heard.length + other.heard.length === 2);
      ended.abort();
      await ended.ended;
      await backend.put(endpointOf('a', '1'), long);
      await until(subject, 'news for the other', () => other.lives.length === 1);
      assert.deepEqual(ended.heard, ['snapshot:0']);
      other.abort();
      await other.ended;
      await backend.watch('voice', () => assert.fail('was never wanted'), AbortSignal.abort());
    },
  },
  {
    id: 'DI-15',
    title: 'of what several clients write at once nothing is lost, and all watches come to the same',
    async run(subject) {
      const clients = [await subject.connect(), await subject.connect(), await subject.connect()];
      const watches = clients.map((client) => registryWatch(client));
      const writes = clients.flatMap((client, writer) =>
        Array.from({ length: 20 }, async (_none, index) => {
          const life = endpointOf(`w${writer}i${index}`, '1');
          await client.put(life, long);
          if (index % 3 === 1) await client.mark(life, 'draining');
          if (index % 3 === 2) await client.remove(life);
        }),
      );
      await Promise.all(writes);
      const expected = clients
        .flatMap((_client, writer) =>
          Array.from({ length: 20 }, (_none, index) =>
            index % 3 === 2 ? [] : [`w${writer}i${index}#1:${index % 3 === 1 ? 'draining' : 'ready'}`],
          ),
        )
        .flat()
        .toSorted();
      await until(subject, 'all watches to agree', () => watches.every(({ lives }) => lives.join() === expected.join()));
      for (const watch of watches) {
        await using ending = watch;
        assert.deepEqual(ending.lives, expected);
      }
    },
  },
];
