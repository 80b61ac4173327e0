import {
  type ConfigLimits,
  checkConfigArguments,
  configEntry,
  configLimitsRules,
  conflict,
  notInHistory,
} from '../keyed/config-entries.ts';
import { followConfig } from '../keyed/config-follower.ts';
import { jsonOf } from '../keyed/json-value.ts';
import { checkOptions } from '../options/check-options.ts';
import { type Duration, durationMs } from '../options/duration.ts';
import { duration, objectWith } from '../options/rules.ts';
import type { ConfigEntry, ConfigStore } from '../ports/config-store.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import type { Row, SqliteDatabase } from './database.ts';
import { tablesOf } from './tables.ts';

export interface SqliteConfigStoreOptions extends ConfigLimits {
  /** A database of the caller's, who starts it before the store is used and stops it after. */
  readonly database: SqliteDatabase;
  /** How often watched keys are read without a commit having been heard of, should a look have failed. @defaultValue '5s' */
  readonly lookEvery?: Duration;
  readonly runtime?: Runtime;
}

export const sqliteConfigStoreDefaults = { maxHistory: 100, maxValueBytes: 65_536, lookEvery: '5s' } as const;

const tables = [
  `CREATE TABLE config_entries (
     key TEXT NOT NULL, revision INTEGER NOT NULL, value TEXT NOT NULL, actor TEXT NOT NULL, changed_at INTEGER NOT NULL,
     PRIMARY KEY (key, revision)
   ) WITHOUT ROWID`,
];

const columns = 'key, revision, value, actor, changed_at';
const latest = '(SELECT coalesce(max(revision), 0) FROM config_entries WHERE key = ?1)';
const putSql = `INSERT INTO config_entries (${columns}) SELECT ?1, ?2 + 1, ?3, ?4, ?5 WHERE ${latest} = ?2`;
const rollbackSql = `INSERT INTO config_entries (${columns})
  SELECT key, ${latest} + 1, value, ?3, ?4 FROM config_entries WHERE key = ?1 AND revision = ?2 RETURNING ${columns}`;
const trimSql = `DELETE FROM config_entries WHERE key = ?1 AND revision <= ${latest} - ?2`;
const latestSql = `SELECT ${latest} AS revision`;
const historySql = `SELECT ${columns} FROM config_entries WHERE key = ? ORDER BY revision DESC LIMIT ?`;
const newerSql = `SELECT e.key AS key, e.revision AS revision, e.value AS value, e.actor AS actor, e.changed_at AS changed_at
  FROM json_each(?) watched JOIN config_entries e ON e.key = watched.key
  WHERE e.revision > watched.value AND e.revision = (SELECT max(revision) FROM config_entries WHERE key = watched.key)`;

/**
 * Configuration in an SQLite file, shared by the processes of one host. An entry is on the disk before `put` resolves. Watches of all processes
 * are rung by each commit: at once through the doorbell, within 250 ms without it.
 *
 * @example
 * ```ts
 * import { sqliteConfigStore, sqliteDatabase } from '@tutti/core/sqlite';
 *
 * await using database = sqliteDatabase({ path: ':memory:' });
 * await database.start();
 * const config = sqliteConfigStore({ database, maxHistory: 20 });
 * console.log(await config.put('mail', { paused: true }, 0, 'ada'));
 * ```
 */
export function sqliteConfigStore(options: SqliteConfigStoreOptions): ConfigStore {
  const {
    database,
    maxHistory,
    maxValueBytes,
    lookEvery,
    runtime = defaultRuntime,
  } = checkOptions(
    'sqliteConfigStore',
    options,
    {
      required: { database: objectWith('a SqliteDatabase', 'write', 'read', 'migrate', 'onCommit') },
      optional: { ...configLimitsRules, lookEvery: duration, runtime: objectWith('a Runtime', 'clock', 'logger', 'random') },
    },
    sqliteConfigStoreDefaults,
  );
  const haveTables = tablesOf(database, 'core.config-store', tables);
  const trimmed = (key: string) => ({ sql: trimSql, values: [key, maxHistory] });
  const read = async (sql: string, values: readonly (string | number)[]): Promise<ConfigEntry[]> => {
    await haveTables();
    return (await database.read(sql, values)).map(entryOf);
  };
  const epoch = (): number => Math.floor(runtime.clock.epoch());
  return {
    async get(key) {
      checkConfigArguments({ key });
      return (await read(historySql, [key, 1]))[0];
    },
    async put(key, value, expectedRevision, actor) {
      checkConfigArguments({ key, expectedRevision, actor });
      const json = jsonOf(value, maxValueBytes);
      await haveTables();
      const changedAt = epoch();
      const put = { sql: putSql, values: [key, expectedRevision, json, actor, changedAt] };
      const [written, , after] = await database.write({
        name: 'config.put',
        statements: [put, trimmed(key), { sql: latestSql, values: [key] }],
      });
      if (written?.changes !== 1) throw conflict(key, expectedRevision, Number(after?.rows[0]?.['revision']));
      return configEntry(key, expectedRevision + 1, json, actor, changedAt);
    },
    async history(key, limit) {
      checkConfigArguments({ key, limit });
      return read(historySql, [key, limit]);
    },
    async rollback(key, toRevision, actor) {
      checkConfigArguments({ key, toRevision, actor });
      await haveTables();
      const statements = [{ sql: rollbackSql, values: [key, toRevision, actor, epoch()] }, trimmed(key)];
      const [written] = await database.write({ name: 'config.rollback', statements });
      const row = written?.rows[0];
      if (!row) throw notInHistory(key, toRevision);
      return entryOf(row);
    },
    watch: followConfig(
      {
        name: `configuration in ${database.path}`,
        lookEveryMs: durationMs(lookEvery, 'sqliteConfigStore.lookEvery'),
        newer: (revisions) => read(newerSql, [JSON.stringify(revisions)]),
        onRing: (ring) => database.onCommit(ring),
      },
      runtime,
    ),
  };
}

function entryOf(row: Row): ConfigEntry {
  return configEntry(String(row['key']), Number(row['revision']), String(row['value']), String(row['actor']), Number(row['changed_at']));
}
