import { checkBytes, checkName, checkTtl } from '../keyed/check-entry.ts';
import { checkOptions } from '../options/check-options.ts';
import { objectWith } from '../options/rules.ts';
import type { KeyValue } from '../ports/key-value.ts';
import type { Statement } from '../ports/write-set.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import type { SqliteDatabase } from './database.ts';
import { tablesOf } from './tables.ts';

export interface SqliteKeyValueOptions {
  /** A database of the caller's, who starts it before the first request and stops it after the last. */
  readonly database: SqliteDatabase;
  readonly runtime?: Runtime;
}

const tables = [
  `CREATE TABLE key_values (key TEXT PRIMARY KEY, value BLOB NOT NULL, expires_at REAL NOT NULL) WITHOUT ROWID;
   CREATE INDEX key_values_by_expires_at ON key_values (expires_at)`,
];

/** Writes between two removals of entries that have expired. Each looks at several times as many, so that it keeps up. */
const trimEvery = 64;
const trimSql = `DELETE FROM key_values WHERE key IN (SELECT key FROM key_values WHERE expires_at <= ? ORDER BY expires_at LIMIT ${trimEvery * 4})`;
const getSql = 'SELECT value FROM key_values WHERE key = ? AND expires_at > ?';
const upsertSql = `INSERT INTO key_values (key, value, expires_at) VALUES (?1, ?2, ?3)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`;

/**
 * A map in an SQLite file, for the processes of one host. A write is on the disk before it resolves. Time is the host's wall clock: set
 * forward, entries expire early; set back, late. Entries that have expired are removed as others are written.
 */
export function sqliteKeyValue(options: SqliteKeyValueOptions): KeyValue {
  const { database, runtime = defaultRuntime } = checkOptions('sqliteKeyValue', options, {
    required: { database: objectWith('a SqliteDatabase', 'write', 'read', 'migrate') },
    optional: { runtime: objectWith('a Runtime', 'clock') },
  });
  const { clock } = runtime;
  const haveTables = tablesOf(database, 'core.key-value', tables);
  let writes = 0;
  const trim = (now: number): Statement[] => (++writes % trimEvery === 0 ? [{ sql: trimSql, values: [now] }] : []);

  async function put(key: string, value: Uint8Array, ttlMs: number, onlyWhere: string): Promise<boolean> {
    checkName('key', key);
    checkBytes(value);
    checkTtl(ttlMs);
    const own = Uint8Array.from(value); // the caller may go on with the bytes while the tables are made
    await haveTables();
    const now = clock.epoch();
    const values = onlyWhere ? [key, own, now + ttlMs, now] : [key, own, now + ttlMs];
    const statements = [{ sql: `${upsertSql} ${onlyWhere}`.trim(), values }, ...trim(now)];
    const [written] = await database.write({ name: 'key-value.set', statements });
    return written?.changes === 1;
  }
  return {
    async get(key) {
      checkName('key', key);
      await haveTables();
      const [row] = await database.read(getSql, [key, clock.epoch()]);
      return row ? Uint8Array.from(row['value'] as Uint8Array) : undefined;
    },
    async set(key, value, ttlMs) {
      await put(key, value, ttlMs, '');
    },
    setIfAbsent: (key, value, ttlMs) => put(key, value, ttlMs, 'WHERE key_values.expires_at <= ?4'),
    async delete(key) {
      checkName('key', key);
      await haveTables();
      await database.write({ name: 'key-value.delete', statements: [{ sql: 'DELETE FROM key_values WHERE key = ?', values: [key] }] });
    },
  };
}
