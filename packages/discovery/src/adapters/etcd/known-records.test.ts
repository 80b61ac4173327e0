import type { EtcdEntry } from '@tutti/core/etcd';
import { describe, expect, it } from 'vitest';
import type { RegistryChange } from '../../backend/discovery-backend.ts';
import { storeEndpoint } from '../../backend/stored-endpoint.ts';
import { endpointOf } from '../../testing/endpoint-of.ts';
import { KnownRecords } from './known-records.ts';
import { ServiceKeys } from './service-keys.ts';

const keys = new ServiceKeys('here/');
const record = (instanceId: string, life: string, modRevision: bigint, lease = '1'): EtcdEntry => ({
  key: keys.keyOf({ serviceName: 'voice', instanceId }),
  value: storeEndpoint(endpointOf(instanceId, life)),
  modRevision,
  lease,
});
const farewell = (value: string, modRevision: bigint): EtcdEntry => ({ key: keys.farewellOf('voice'), value, modRevision, lease: '1' });
const said = (changes: Iterable<RegistryChange>): readonly string[] =>
  Array.from(changes, (change) => {
    if (change.kind === 'snapshot') return `snapshot ${change.endpoints.map(({ incarnation }) => incarnation).join()}`;
    if (change.kind === 'malformed') return `malformed ${change.key}`;
    return `${change.kind} ${change.endpoint.incarnation}${change.kind === 'remove' && change.farewell ? ' who left' : ''}`;
  });

/** A service with two endpoints and a record that is none. */
function known(): KnownRecords {
  const records = new KnownRecords('voice', keys);
  records.replace([record('a', '1', 3n), record('b', '1', 5n), { ...record('c', '1', 4n), value: '{' }]);
  return records;
}

describe('what is known of a service', () => {
  it('begins with the endpoints, and then what is none', () => {
    expect(said(known().beginning())).toEqual(['snapshot a#1,b#1', 'malformed c']);
  });

  it('tells what is new in a step, and nothing of a lease that changed', () => {
    const records = known();
    const steps = [
      [{ kind: 'put' as const, entry: record('a', '1', 6n, '2') }],
      [{ kind: 'put' as const, entry: record('a', '2', 7n) }],
      [{ kind: 'delete' as const, key: keys.keyOf({ serviceName: 'voice', instanceId: 'nobody' }) }],
      [{ kind: 'delete' as const, key: keys.keyOf({ serviceName: 'voice', instanceId: 'c' }) }],
    ];
    expect(steps.map((events) => said(records.apply(events)))).toEqual([[], ['upsert a#2'], [], ['remove ']]);
  });

  it('tells who left in the step in which a farewell was written, in whatever order, from who was lost', () => {
    const records = known();
    const remove = (instanceId: string) => ({ kind: 'delete' as const, key: keys.keyOf({ serviceName: 'voice', instanceId }) });
    expect(said(records.apply([remove('a'), { kind: 'put', entry: farewell('a#1', 8n) }]))).toEqual(['remove a#1 who left']);
    expect(said(records.apply([remove('b')]))).toEqual(['remove b#1']);
  });

  it('tells the difference when all of it is read again', () => {
    const records = known();
    expect(said(records.replace([record('b', '2', 9n), record('d', '1', 8n)]))).toEqual([
      'remove a#1',
      'remove ',
      'upsert b#2',
      'upsert d#1',
    ]);
  });

  it('has a sum that differs whenever the keys do', () => {
    const records = known();
    const sums = [records.sum];
    records.apply([{ kind: 'put', entry: record('a', '1', 6n) }]);
    sums.push(records.sum);
    records.apply([{ kind: 'delete', key: keys.keyOf({ serviceName: 'voice', instanceId: 'b' }) }]);
    sums.push(records.sum);
    records.apply([{ kind: 'put', entry: farewell('b#1', 7n) }]);
    sums.push(records.sum);
    records.apply([{ kind: 'delete', key: keys.farewellOf('voice') }]);
    sums.push(records.sum);
    expect(sums.map(({ count, newest }) => [count, newest])).toEqual([
      [3, 5n],
      [3, 6n],
      [2, 6n],
      [3, 7n],
      [2, 6n],
    ]);
  });
});
