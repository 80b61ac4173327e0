// @tutti/core/etcd

import { Component, ConfigLimits, ConfigStore, Duration, OptionRules, Runtime } from '@tutti/core';

export type EtcdCondition = {
  readonly key: string;
  readonly modRevision: bigint;
} | {
  readonly key: string;
  readonly value: string;
};

export interface EtcdConfigStoreOptions extends ConfigLimits {
  readonly connection: EtcdConnection;
  readonly prefix?: string;
  readonly lookEvery?: Duration;
  readonly runtime?: Runtime;
}

export interface EtcdConnection extends Component {
  readonly keyPrefix: string;
  range(range: EtcdRange): Promise<EtcdFound>;
  transact(transaction: EtcdTransaction): Promise<EtcdOutcome>;
  grant(ttlSeconds: number): Promise<EtcdGrant>;
  keepAlive(lease: string): Promise<number>;
  revoke(lease: string): Promise<void>;
  watch(watch: EtcdWatch, listener: (events: readonly EtcdEvent[]) => void, signal: AbortSignal): Promise<'ended' | 'compacted'>;
}

export interface EtcdConnectionOptions {
  readonly hosts: readonly string[];
  readonly tls?: EtcdTls;
  readonly keyPrefix?: string;
  readonly commandTimeout?: Duration;
  readonly runtime?: Runtime;
}

export interface EtcdEntry {
  readonly key: string;
  readonly value: string;
  readonly modRevision: bigint;
  readonly lease: string;
}

export type EtcdEvent = {
  readonly kind: 'put';
  readonly entry: EtcdEntry;
} | {
  readonly kind: 'delete';
  readonly key: string;
};

export interface EtcdFound {
  readonly entries: readonly EtcdEntry[];
  readonly count: number;
  readonly revision: bigint;
}

export interface EtcdGrant {
  readonly lease: string;
  readonly ttlSeconds: number;
}

export type EtcdOperation = {
  readonly put: string;
  readonly value: string;
  readonly lease?: string;
} | {
  readonly delete: string;
} | {
  readonly deletePrefix: string;
} | {
  readonly deleteFrom: string;
  readonly before: string;
} | {
  readonly get: EtcdRange;
};

export interface EtcdOutcome {
  readonly done: boolean;
  readonly found: readonly (readonly EtcdEntry[])[];
  readonly revision: bigint;
}

export interface EtcdPlace extends Partial<Pick<EtcdConnectionOptions, 'hosts' | 'tls' | 'keyPrefix' | 'commandTimeout'>> {
  readonly connection?: EtcdConnection;
}

export type EtcdRange = ({
  readonly key: string;
} | {
  readonly prefix: string;
}) & {
  readonly after?: string;
  readonly revision?: bigint;
  readonly limit?: number;
  readonly order?: 'last-key-first' | 'last-written-first';
};

export interface EtcdTls {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

export interface EtcdTransaction {
  readonly when?: readonly EtcdCondition[];
  readonly apply: readonly EtcdOperation[];
  readonly otherwise?: readonly EtcdOperation[];
}

export interface EtcdWatch {
  readonly prefix: string;
  readonly from?: bigint;
}

export declare function etcdConfigStore(options: EtcdConfigStoreOptions): ConfigStore;

export declare const etcdConfigStoreDefaults: {
  readonly maxHistory: 100;
  readonly maxValueBytes: 65536;
  readonly prefix: "config/";
  readonly lookEvery: "15s";
};

export declare function etcdConnection(options: EtcdConnectionOptions): EtcdConnection;

export declare const etcdConnectionDefaults: {
  readonly keyPrefix: "tutti/";
  readonly commandTimeout: "2s";
};

export declare function etcdPlace(path: string, place: EtcdPlace, runtime: Runtime): EtcdConnection;

export declare const etcdPlaceRules: OptionRules<EtcdPlace>['optional'] & object;
