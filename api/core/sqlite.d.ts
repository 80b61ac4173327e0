// @tutti/core/sqlite

import { Component, ConfigLimits, ConfigStore, Durability, Duration, KeyValue, Lease, OptionRules, RateLimiter, Runtime, SqlValue, WriteSet } from '@tutti/core';

export declare class PlacedDatabase {
  #private;
  readonly path: string;
  constructor(adapter: string, { path, database }: SqlitePlace);
  get isInMemory(): boolean;
  open(runtime: Runtime): Promise<SqliteDatabase>;
  close(): Promise<void>;
}

export type Row = Readonly<Record<string, SqlValue>>;

export interface SqliteConfigStoreOptions extends ConfigLimits {
  readonly database: SqliteDatabase;
  readonly lookEvery?: Duration;
  readonly runtime?: Runtime;
}

export interface SqliteDatabase extends Component {
  readonly path: string;
  write(set: WriteSet): Promise<readonly StatementResult[]>;
  read(sql: string, values?: readonly SqlValue[]): Promise<readonly Row[]>;
  migrate(owner: string, steps: readonly string[]): Promise<void>;
  onCommit(listener: () => void): () => void;
}

export interface SqliteDatabaseOptions {
  readonly path: string;
  readonly busyTimeout?: Duration;
  readonly maxPendingSets?: number;
  readonly maxPendingBytes?: number;
  readonly runtime?: Runtime;
}

export interface SqliteKeyValueOptions {
  readonly database: SqliteDatabase;
  readonly runtime?: Runtime;
}

export interface SqliteLeaseOptions {
  readonly database: SqliteDatabase;
  readonly runtime?: Runtime;
}

export interface SqlitePlace {
  readonly path?: string;
  readonly database?: SqliteDatabase;
}

export interface SqliteRateLimiterOptions {
  readonly database: SqliteDatabase;
  readonly runtime?: Runtime;
}

export interface StatementResult {
  readonly changes: number;
  readonly rows: readonly Row[];
}

export declare function sqliteConfigStore(options: SqliteConfigStoreOptions): ConfigStore;

export declare const sqliteConfigStoreDefaults: {
  readonly maxHistory: 100;
  readonly maxValueBytes: 65536;
  readonly lookEvery: "5s";
};

export declare function sqliteDatabase(options: SqliteDatabaseOptions): SqliteDatabase;

export declare const sqliteDatabaseDefaults: {
  readonly busyTimeout: "10s";
  readonly maxPendingSets: 20000;
  readonly maxPendingBytes: 67108864;
};

export declare function sqliteDurability(database: SqliteDatabase, what: string): Promise<Durability>;

export declare function sqliteIsFree(path: string): Promise<boolean>;

export declare function sqliteKeyValue(options: SqliteKeyValueOptions): KeyValue;

export declare function sqliteLease(options: SqliteLeaseOptions): Lease;

export declare const sqlitePlaceRules: OptionRules<SqlitePlace>['optional'] & object;

export declare function sqliteRateLimiter(options: SqliteRateLimiterOptions): RateLimiter;
