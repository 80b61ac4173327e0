// @tutti/discovery/etcd

import { Duration, Runtime } from '@tutti/core';
import { EtcdPlace } from '@tutti/core/etcd';
import { DiscoveryBackend } from '@tutti/discovery';

export type EtcdBackendOptions = EtcdPlace & {
  readonly prefix?: string;
  readonly lookEvery?: Duration;
  readonly runtime?: Runtime;
};

export interface EtcdPlace extends Partial<Pick<EtcdConnectionOptions, 'hosts' | 'tls' | 'keyPrefix' | 'commandTimeout'>> {
  readonly connection?: EtcdConnection;
}

export declare function etcdBackend(options: EtcdBackendOptions): DiscoveryBackend;

export declare const etcdBackendDefaults: {
  readonly prefix: "endpoints/";
  readonly lookEvery: "10s";
};
