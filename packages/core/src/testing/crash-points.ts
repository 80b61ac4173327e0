import type { SqliteDatabase } from '../sqlite/database.ts';

/** A moment around one write: before it was given to the database, or after its COMMIT and before its caller hears of it. */
export interface CrashPoint {
  /** The name of the write. */
  readonly name: string;
  readonly when: 'before' | 'after';
  /** Which write of this name it is, from 1. */
  readonly count: number;
}

/** A database that calls back around every write. */
export interface CrashPointDatabase extends SqliteDatabase {
  /** The names of all writes so far, in the order of the calls: what a sweep has to go through. */
  readonly writeNames: readonly string[];
}

/**
 * Calls `at` before and after every named write, so that a test can end the process there, or fail there: what `at` throws, the
 * write rejects with. Everything else goes to `database` unchanged, `start` and `stop` included.
 *
 * @example
 * ```ts
 * import { sqliteDatabase } from '@tutti/core/sqlite';
 * import { crashPoints } from '@tutti/core/testing';
 *
 * const database = crashPoints(sqliteDatabase({ path: ':memory:' }), ({ name, when, count }) => {
 *   if (name === 'saga.intent' && when === 'after' && count === 2) process.kill(process.pid, 'SIGKILL');
 * });
 * ```
 */
export function crashPoints(database: SqliteDatabase, at: (point: CrashPoint) => void): CrashPointDatabase {
  const writeNames: string[] = [];
  return {
    name: database.name,
    path: database.path,
    writeNames,
    get state() {
      return database.state;
    },
    async write(set) {
      writeNames.push(set.name);
      const point = { name: set.name, count: writeNames.filter((name) => name === set.name).length };
      at({ ...point, when: 'before' });
      const results = await database.write(set);
      at({ ...point, when: 'after' });
      return results;
    },
    read: (sql, values) => database.read(sql, values),
    migrate: (owner, steps) => database.migrate(owner, steps),
    onCommit: (listener) => database.onCommit(listener),
    start: () => database.start(),
    stop: () => database.stop(),
    health: () => database.health(),
    on: (event, listener) => database.on(event, listener),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
