import assert from 'node:assert/strict';
import type { Law } from '@tutti/core/testing';
import type { BackendSubject } from './backend-subject.ts';
import { endpointOf } from './endpoint-of.ts';
import { registryWatch } from './registry-watch.ts';
import { until } from './until.ts';

const long = 600_000;

/** What names and values may be made of, and that one is never taken for another. */
export const namingLaws: readonly Law<BackendSubject>[] = [
  {
    id: 'DI-50',
    title: 'names of every allowed kind name one service and one instance each',
    async run(subject) {
      const backend = await subject.connect();
      const names = ['v', 'voice', 'voice-2', 'voice.2', 'voice_2', 'Voice', '0voice', `v${'x'.repeat(127)}`];
      for (const [index, serviceName] of names.entries()) await backend.put(endpointOf('a', `${index}`, { serviceName }), long);
      for (const [index, serviceName] of names.entries()) {
        await using watch = registryWatch(backend, serviceName);
        await until(subject, `the snapshot of ${serviceName}`, () => watch.heard.length > 0);
        assert.deepEqual(watch.lives, [`a#${index}:ready`]);
      }
    },
  },
  {
    id: 'DI-51',
    title: 'ids of every allowed kind name one instance each',
    async run(subject) {
      const backend = await subject.connect();
      const ids = ['a', 'A', 'a:1', 'a.1', 'a-1', 'a_1', 'a:', '10.0.0.1:8009', 'fe80::1', `i${'x'.repeat(127)}`];
      for (const id of ids) await backend.put(endpointOf(id, '1'), long);
      await backend.remove(endpointOf('a', '1'));
      await using watch = registryWatch(backend);
      await until(subject, 'the snapshot', () => watch.heard.length > 0);
      assert.deepEqual([...watch.endpoints.keys()].toSorted(), ids.slice(1).toSorted());
    },
  },
  {
    id: 'DI-52',
    title: 'values come back character by character',
    async run(subject) {
      const backend = await subject.connect();
      const strange = '☃ "quoted" \\ \u0000\n{}[]:,\u2028 \'; DROP TABLE endpoints; --';
      const life = endpointOf('a', '1', {
        host: 'fe80::1%eth0',
        tags: [strange, 'b,c', 'true', '1'],
        metadata: { [strange]: strange, constructor: 'x', empty: '', many: 'm'.repeat(4_000) },
        version: '1.0.0-rc.1+build',
        zone: strange,
        tenant: 'Ada & Söhne',
        weight: 0.1 + 0.2,
      });
      await backend.put(life, long);
      await using watch = registryWatch(await subject.connect());
      await until(subject, 'the snapshot', () => watch.heard.length > 0);
      assert.deepEqual(watch.endpoints.get('a'), life);
    },
  },
];
