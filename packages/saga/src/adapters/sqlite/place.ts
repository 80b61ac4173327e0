import { coreError, type OptionRules, objectWith, type Runtime, text } from '@tutti/core';
import { type SqliteDatabase, sqliteDatabase } from '@tutti/core/sqlite';

/** Where sagas are kept: in a file of their own, or in a database of the caller's. */
export interface SqliteStoreOptions {
  /** The file, opened and closed by the store. Several processes of one host may use it. */
  readonly path?: string;
  /** A database of the caller's, who starts it before and stops it after whatever uses it. Either this or `path`. */
  readonly database?: SqliteDatabase;
}

export const placeRules: OptionRules<SqliteStoreOptions> = {
  optional: { path: text, database: objectWith('a SqliteDatabase', 'write', 'read', 'migrate', 'onCommit') },
};

/** How long a file that somebody else keeps locked is waited for: longer than any commit takes, shorter than leases. */
const busyTimeout = '3s';

/** The database of a store, open from `open` to `close`. */
export class StorePlace {
  readonly path: string;
  readonly #given: SqliteDatabase | undefined;
  #own: SqliteDatabase | undefined;

  /** @throws INVALID_OPTIONS when there is not exactly one place. */
  constructor({ path, database }: SqliteStoreOptions) {
    const place = path ?? database?.path;
    if (place === undefined || (path !== undefined && database !== undefined))
      throw coreError('INVALID_OPTIONS', { path: 'sqliteStore', problem: 'needs either path or database' });
    this.path = place;
    this.#given = database;
  }

  get isInMemory(): boolean {
    return this.path === ':memory:';
  }

  async open(runtime: Runtime): Promise<SqliteDatabase> {
    if (this.#given) return this.#given;
    this.#own = sqliteDatabase({ path: this.path, runtime, busyTimeout });
    await this.#own.start();
    return this.#own;
  }

  async close(): Promise<void> {
    await this.#own?.stop();
    this.#own = undefined;
  }
}

/** An open store: where it writes, and its clock in whole milliseconds. */
export interface OpenPlace {
  readonly database: SqliteDatabase;
  now(): number;
}
