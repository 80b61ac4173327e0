export { type EtcdConfigStoreOptions, etcdConfigStore, etcdConfigStoreDefaults } from './etcd/etcd-config-store.ts';
export {
  type EtcdConnection,
  type EtcdConnectionOptions,
  type EtcdGrant,
  type EtcdWatch,
  etcdConnection,
  etcdConnectionDefaults,
} from './etcd/etcd-connection.ts';
export type { EtcdTls } from './etcd/etcd-http.ts';
export { type EtcdPlace, etcdPlace, etcdPlaceRules } from './etcd/etcd-place.ts';
export type { EtcdFound, EtcdRange } from './etcd/etcd-range.ts';
export type { EtcdCondition, EtcdOperation, EtcdOutcome, EtcdTransaction } from './etcd/etcd-transaction.ts';
export type { EtcdEntry, EtcdEvent } from './etcd/etcd-wire.ts';
