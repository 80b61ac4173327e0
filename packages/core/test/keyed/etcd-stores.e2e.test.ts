import { afterEach, beforeEach, expect, it } from 'vitest';
import { type EtcdServer, startEtcd } from '../../../../tools/services/etcd.ts';
import { describeWith } from '../../../../tools/services/needs.ts';
import { count } from './hammer.ts';

describeWith('etcd', 'four processes that count in one key of an etcd', () => {
  let server: EtcdServer;
  beforeEach(async () => {
    server = await startEtcd();
  }, 40_000);
  afterEach(() => server?.stop());

  it('lose no update, and a watch sees rising revisions down to the last', async () => {
    const { value, revision, wanted, seen } = await count(`etcd ${server.url}`, 'careful');
    expect([value, revision]).toEqual([wanted, wanted]);
    expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
  });

  it('lose updates when they put what they had at whatever the revision is (control)', async () => {
    const { value, revision, wanted } = await count(`etcd ${server.url}`, 'careless');
    expect(revision).toBe(wanted);
    expect(value).toBeLessThan(wanted);
  });
});
