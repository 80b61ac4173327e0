import { resolve } from 'node:path';
import { coreError } from '../errors/core-errors.ts';
import { component } from '../lifecycle/component.ts';
import { checkOptions, type OptionRules } from '../options/check-options.ts';
import { type Duration, durationMs } from '../options/duration.ts';
import { duration, objectWith, text, wholeNumber } from '../options/rules.ts';
import type { SqlValue, WriteSet } from '../ports/write-set.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import { checkedMigration, checkedSet, checkedValues } from './check-set.ts';
import type { SqliteDatabase } from './database.ts';
import type { Engine } from './engine.ts';
import { fileEngine } from './file-engine.ts';
import { memoryEngine } from './memory-engine.ts';

export interface SqliteDatabaseOptions {
  /** The file; it and its folder are made when missing. `':memory:'` is a database of this object alone, gone when it stops. */
  readonly path: string;
  /** How long a write or a read goes on trying while another process holds the lock. @defaultValue '10s' */
  readonly busyTimeout?: Duration;
  /** Writes that may wait for their answer at once; the next is refused with OVERLOADED. Whole, ≥ 1. @defaultValue 20000 */
  readonly maxPendingSets?: number;
  /** Bytes of values that they may hold together; one set alone may hold more. Whole, ≥ 1. @defaultValue 67108864 */
  readonly maxPendingBytes?: number;
  /** Time for reads and for noticing commits. The writer thread lives in real time; `':memory:'` needs no time at all. */
  readonly runtime?: Runtime;
}

export const sqliteDatabaseDefaults = { busyTimeout: '10s', maxPendingSets: 20_000, maxPendingBytes: 67_108_864 } as const;

const rules: OptionRules<SqliteDatabaseOptions> = {
  required: { path: text },
  optional: {
    busyTimeout: duration,
    maxPendingSets: wholeNumber({ min: 1 }),
    maxPendingBytes: wholeNumber({ min: 1 }),
    runtime: objectWith('a Runtime', 'clock', 'logger', 'random'),
  },
};

/**
 * An SQLite database for any number of components of this process, shared with other processes of this host.
 *
 * `start` throws STORE_UNAVAILABLE when the file cannot be opened for writing, and STORE_UNSUPPORTED on a network file system or
 * with an SQLite whose WAL mode may corrupt files. An open database without a pending write does not keep the process alive.
 *
 * @example
 * ```ts
 * import { sqliteDatabase } from '@tutti/core/sqlite';
 *
 * await using database = sqliteDatabase({ path: ':memory:' });
 * await database.start();
 * await database.migrate('notes', ['CREATE TABLE notes (id INTEGER PRIMARY KEY, words TEXT NOT NULL)']);
 * await database.write({ name: 'notes.add', statements: [{ sql: 'INSERT INTO notes VALUES (?, ?)', values: [1, 'hello'], expectedRows: 1 }] });
 * console.log(await database.read('SELECT words FROM notes'));
 * ```
 */
export function sqliteDatabase(options: SqliteDatabaseOptions): SqliteDatabase {
  const { path, busyTimeout, runtime = defaultRuntime, ...limits } = checkOptions('sqliteDatabase', options, rules, sqliteDatabaseDefaults);
  if (path === ':memory:') return database(path, memoryEngine(runtime));
  const file = resolve(path);
  return database(file, fileEngine(file, { ...limits, busyTimeoutMs: durationMs(busyTimeout), runtime }));
}

function database(path: string, engine: Engine): SqliteDatabase {
  const life = component(`sqlite ${path}`, {
    open: () => engine.open(),
    close: () => engine.close(),
    probe: () => engine.health(),
  });
  const mustRun = (): void => {
    if (life.state !== 'running') throw coreError('NOT_RUNNING', { component: life.name, state: life.state });
  };
  return Object.assign(life, {
    path,
    /** Not `async`: that would be one more promise for every write. */
    write(set: WriteSet) {
      try {
        mustRun();
        return engine.write(checkedSet(set));
      } catch (error) {
        return Promise.reject(error);
      }
    },
    async read(sql: string, values: readonly SqlValue[] = []) {
      mustRun();
      return engine.read(
        sql,
        checkedValues(values, () => 'values'),
      );
    },
    async migrate(owner: string, steps: readonly string[]) {
      mustRun();
      await engine.migrate(checkedMigration(owner, steps));
    },
    onCommit: (listener: () => void) => engine.onCommit(listener),
  });
}
