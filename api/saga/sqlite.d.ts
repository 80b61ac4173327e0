// @tutti/saga/sqlite

import { Runtime } from '@tutti/core';
import { SqliteDatabase } from '@tutti/core/sqlite';
import { SagaStore } from '@tutti/saga';

export type SqliteStoreOptions = ({
  readonly database: SqliteDatabase;
} | {
  readonly path: string;
}) & {
  readonly runtime?: Runtime;
};

export declare function sqliteStore(options: SqliteStoreOptions): SagaStore;
