import assert from 'node:assert/strict';
import type { Law } from '@tutti/core/testing';
import { storeEndpoint } from '../backend/stored-endpoint.ts';
import { ServiceDiscovery } from '../service-discovery.ts';
import type { BackendLawCapabilities, BackendSubject } from './backend-subject.ts';
import { endpointOf } from './endpoint-of.ts';
import { registryWatch } from './registry-watch.ts';
import { until } from './until.ts';

const long = 600_000;

async function plant(subject: BackendSubject, instanceId: string, record: string): Promise<void> {
  assert.ok(subject.plant, 'the subject can plant records');
  await subject.plant('voice', instanceId, record);
}

/** What becomes of records that are no endpoints. */
export const malformedLaws: readonly Law<BackendSubject, BackendLawCapabilities>[] = [
  {
    id: 'DI-18',
    title: 'a record that is no endpoint is told with what is wrong, and harms no other',
    requires: 'plants',
    async run(subject) {
      const backend = await subject.connect();
      await plant(subject, 'early', '{"port":');
      await backend.put(endpointOf('a', '1'), long);
      await using watch = registryWatch(backend);
      await until(subject, 'the record', () => watch.malformed.has('early'));
      assert.deepEqual([watch.heard, watch.lives], [['snapshot:1', 'malformed:early'], ['a#1:ready']]);
      await plant(subject, 'late', storeEndpoint(endpointOf('late', '1', { port: 0 })));
      await until(subject, 'the second record', () => watch.malformed.has('late'));
      assert.match(watch.malformed.get('late') ?? '', /endpoint\.port must be/);
      await backend.put(endpointOf('b', '1'), long);
      await until(subject, 'news of b', () => watch.lives.length === 2);
      assert.deepEqual(watch.lives, ['a#1:ready', 'b#1:ready']);
    },
  },
  {
    id: 'DI-19',
    title: 'a record that is no endpoint takes the place of what was known of its instance, until the instance is put again',
    requires: 'plants',
    async run(subject) {
      const backend = await subject.connect();
      await backend.put(endpointOf('a', '1'), long);
      await using watch = registryWatch(backend);
      await until(subject, 'the snapshot', () => watch.lives.length === 1);
      await plant(subject, 'a', 'null');
      await until(subject, 'the record', () => watch.malformed.has('a'));
      assert.deepEqual(watch.lives, []);
      await backend.put(endpointOf('a', '2'), long);
      await until(subject, 'the new life', () => watch.lives.length === 1);
      assert.deepEqual([watch.lives, watch.malformed.size], [['a#2:ready'], 0]);
    },
  },
  {
    id: 'DI-26',
    title: 'a process that follows a service answers all of it but the record that is no endpoint',
    requires: 'plants',
    async run(subject) {
      await plant(subject, 'bad', '"voice"');
      await using discovery = new ServiceDiscovery({ backend: await subject.connect(), runtime: subject.runtime });
      const good = await discovery.registerService({ serviceName: 'voice', instanceId: 'good', host: '127.0.0.1', port: 8009 });
      assert.deepEqual(await discovery.getService('voice'), [good]);
    },
  },
];
