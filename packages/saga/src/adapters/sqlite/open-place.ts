import type { SqliteDatabase } from '@tutti/core/sqlite';

/** An open store: where it writes, and its clock in whole milliseconds. */
export interface OpenPlace {
  readonly database: SqliteDatabase;
  now(): number;
}
