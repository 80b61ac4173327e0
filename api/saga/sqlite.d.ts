// @tutti/saga/sqlite

import { SqliteDatabase } from '@tutti/core/sqlite';
import { SagaStore } from '@tutti/saga';

export interface SqliteStoreOptions {
  readonly path?: string;
  readonly database?: SqliteDatabase;
}

export declare function sqliteStore(options: SqliteStoreOptions): SagaStore;
