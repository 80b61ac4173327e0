import assert from 'node:assert/strict';
import type { Law } from '@tutti/core/testing';
import type { BackendSubject } from './backend-subject.ts';
import { EndpointHistory } from './endpoint-history.ts';
import { endpointOf } from './endpoint-of.ts';
import { registryWatch } from './registry-watch.ts';
import { until } from './until.ts';

const long = 600_000;

/** What watches hear while much happens. */
export const busyLaws: readonly Law<BackendSubject>[] = [
  {
    id: 'DI-53',
    title: 'a service of hundreds of endpoints is told whole',
    async run(subject) {
      const backend = await subject.connect();
      const lives = Array.from({ length: 300 }, (_none, index) => endpointOf(`i${index}`, '1', { metadata: { index: `${index}` } }));
      await Promise.all(lives.map((life) => backend.put(life, long)));
      await using watch = registryWatch(backend);
      await until(subject, 'all of them', () => watch.endpoints.size === lives.length);
      for (const life of lives) assert.deepEqual(watch.endpoints.get(life.instanceId), life);
    },
  },
  {
    id: 'DI-54',
    title: 'a watch that begins in the middle of writes comes to all of them',
    async run(subject) {
      const [writer, reader] = [await subject.connect(), await subject.connect()];
      const writes = Array.from({ length: 40 }, (_none, index) => writer.put(endpointOf(`i${index}`, '1'), long));
      await using watch = registryWatch(reader);
      await Promise.all(writes);
      await until(subject, 'all of them', () => watch.endpoints.size === 40);
    },
  },
  {
    id: 'DI-55',
    title: 'each of many watches of one client hears of its own service and no other',
    async run(subject) {
      const backend = await subject.connect();
      const names = Array.from({ length: 20 }, (_none, index) => `s${index % 10}`);
      const watches = names.map((serviceName) => registryWatch(backend, serviceName));
      await until(subject, 'the snapshots', () => watches.every(({ heard }) => heard.length > 0));
      for (const serviceName of new Set(names)) await backend.put(endpointOf('a', serviceName, { serviceName }), long);
      await until(subject, 'the news', () => watches.every(({ lives }) => lives.length > 0));
      for (const [index, watch] of watches.entries()) {
        await using ending = watch;
        assert.deepEqual(ending.lives, [`a#${names[index]}:ready`]);
      }
    },
  },
  {
    id: 'DI-56',
    title: 'of an instance that is replaced again and again no watch hears of an earlier life after a later one',
    async run(subject) {
      const clients = [await subject.connect(), await subject.connect()];
      const history = new EndpointHistory(subject.runtime.clock);
      const enough = new AbortController();
      const watching = clients.map((client, index) =>
        client.watch('voice', (change) => history.hear(`watch ${index}`, change), enough.signal),
      );
      const last = endpointOf('a', '30');
      for (let life = 1; life <= 30; life++) await (clients[life % 2] ?? clients[0])?.put(endpointOf('a', `${life}`), long);
      await until(subject, 'the last life', () => history.differences([last]).length === 0);
      history.check([last]);
      enough.abort();
      await Promise.all(watching);
    },
  },
];
