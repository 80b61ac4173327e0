import { checkLaws } from '@tutti/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EtcdCluster, type EtcdServer, startEtcd, startEtcdCluster } from '../../../../tools/services/etcd.ts';
import { describeWith } from '../../../../tools/services/needs.ts';
import { etcdSubject } from '../../test/etcd-registry.ts';
import { backendLaws, leaseLaws, watchLaws } from '../testing/index.ts';
import { type EtcdBackendOptions, etcdBackend } from './etcd.ts';

const capabilities = { registers: true, plants: true };

describeWith('etcd', 'etcd backends on one server', () => {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await startEtcd();
  }, 40_000);
  afterAll(() => server?.stop());

  describe('keep the laws', { timeout: 60_000 }, () => {
    // each has a prefix of its own, and mostly waits for leases
    checkLaws(it.concurrent, backendLaws, () => etcdSubject([server.url]), capabilities);
  });
});

describeWith('etcd', 'etcd backends on three members', () => {
  let cluster: EtcdCluster;
  beforeAll(async () => {
    cluster = await startEtcdCluster();
  }, 60_000);
  afterAll(() => cluster?.stop());

  describe('keep the laws', { timeout: 60_000 }, () => {
    checkLaws(it.concurrent, [...watchLaws, ...leaseLaws], () => etcdSubject(cluster.urls.toReversed()), capabilities);
  });
});

describe('an etcd backend', () => {
  it.each([
    [{}, 'etcdBackend must have hosts, or a connection'],
    [{ hosts: ['127.0.0.1:2379'] }, 'etcdBackend.hosts[0] must be a URL that begins with http:// or https://'],
    [{ hosts: ['http://a'], lookEvery: 5 }, 'etcdBackend.lookEvery must be a duration'],
    [{ hosts: ['http://a'], connection: {} }, 'etcdBackend.connection must be an EtcdConnection'],
    [{ hosts: ['http://a'], ttl: '1s' }, 'etcdBackend.ttl is not an option'],
  ])('refuses %j', (options, message) => {
    expect(() => etcdBackend(options as EtcdBackendOptions)).toThrowError(message);
  });
});
