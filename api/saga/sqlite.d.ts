// @tutti/saga/sqlite

import { SqlitePlace } from '@tutti/core/sqlite';
import { SagaStore } from '@tutti/saga';

export type SqliteStoreOptions = SqlitePlace;

export declare function sqliteStore(options: SqliteStoreOptions): SagaStore;
