// @tutti/discovery/sqlite

import { Duration, Runtime } from '@tutti/core';
import { SqliteDatabase } from '@tutti/core/sqlite';
import { DiscoveryBackend } from '@tutti/discovery';

export type SqliteBackendOptions = ({
  readonly path: string;
} | {
  readonly database: SqliteDatabase;
}) & {
  readonly sweepInterval?: Duration;
  readonly runtime?: Runtime;
};

export declare function sqliteBackend(options: SqliteBackendOptions): DiscoveryBackend;

export declare const sqliteBackendDefaults: {
  readonly sweepInterval: "1s";
};
