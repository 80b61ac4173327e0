import { coreError } from '../errors/core-errors.ts';
import type { OptionRules } from '../options/check-options.ts';
import { objectWith, text } from '../options/rules.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { SqliteDatabase } from './database.ts';
import { sqliteDatabase } from './sqlite-database.ts';

/** Where an adapter keeps things: in a file of its own, or in a database of the caller's. */
export interface SqlitePlace {
  /** The file, opened and closed by the adapter. Several processes of one host may use it. */
  readonly path?: string;
  /** A database of the caller's, who starts it before and stops it after whatever uses it. Either this or `path`. */
  readonly database?: SqliteDatabase;
}

export const sqlitePlaceRules: OptionRules<SqlitePlace>['optional'] & object = {
  path: text,
  database: objectWith('a SqliteDatabase', 'write', 'read', 'migrate', 'onCommit'),
};

/** How long a file that somebody else keeps locked is waited for; longer than any commit takes, shorter than leases, and short enough for whoever writes to be told. */
const busyTimeout = '3s';

/** The database of an adapter, open from `open` to `close`. */
export class PlacedDatabase {
  readonly path: string;
  readonly #given: SqliteDatabase | undefined;
  #own: SqliteDatabase | undefined;

  /** @throws INVALID_OPTIONS when there is not exactly one place. */
  constructor(adapter: string, { path, database }: SqlitePlace) {
    const place = path ?? database?.path;
    if (place === undefined || (path !== undefined && database !== undefined))
      throw coreError('INVALID_OPTIONS', { path: adapter, problem: 'needs either path or database' });
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
