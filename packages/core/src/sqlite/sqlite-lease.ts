import { leaseOver } from '../keyed/lease-over.ts';
import { checkOptions } from '../options/check-options.ts';
import { objectWith } from '../options/rules.ts';
import type { Lease } from '../ports/lease.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import type { SqliteDatabase } from './database.ts';
import { tablesOf } from './tables.ts';

export interface SqliteLeaseOptions {
  /** A database of the caller's, who starts it before the first request and stops it after the last. */
  readonly database: SqliteDatabase;
  readonly runtime?: Runtime;
}

const tables = ['CREATE TABLE leases (name TEXT PRIMARY KEY, owner TEXT, fence INTEGER NOT NULL, expires_at REAL NOT NULL) WITHOUT ROWID'];

const acquireSql = `INSERT INTO leases (name, owner, fence, expires_at) VALUES (?1, ?2, 1, ?3)
  ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, fence = fence + 1, expires_at = excluded.expires_at
  WHERE leases.owner IS NULL OR leases.expires_at <= ?4
  RETURNING fence`;
const renewSql = 'UPDATE leases SET expires_at = ? WHERE name = ? AND owner = ? AND expires_at > ?';
const releaseSql = 'UPDATE leases SET owner = NULL WHERE name = ? AND owner = ?';

/**
 * Leases in an SQLite file, for the processes of one host. A row is kept for every name that was ever held, because of its fence. Time is
 * the host's wall clock: set forward, a lease may be taken over early, and the fence alone protects what is written under it.
 */
export function sqliteLease(options: SqliteLeaseOptions): Lease {
  const { database, runtime = defaultRuntime } = checkOptions('sqliteLease', options, {
    required: { database: objectWith('a SqliteDatabase', 'write', 'migrate') },
    optional: { runtime: objectWith('a Runtime', 'clock', 'logger', 'random') },
  });
  const { clock } = runtime;
  const haveTables = tablesOf(database, 'core.lease', tables);
  return leaseOver(
    {
      async acquire(name, owner, ttlMs) {
        await haveTables();
        const now = clock.epoch();
        const statements = [{ sql: acquireSql, values: [name, owner, now + ttlMs, now] }];
        const [acquired] = await database.write({ name: 'lease.acquire', statements });
        const fence = acquired?.rows[0]?.['fence'];
        return fence === undefined ? undefined : Number(fence);
      },
      async renew(name, owner, ttlMs) {
        const now = clock.epoch();
        const [renewed] = await database.write({
          name: 'lease.renew',
          statements: [{ sql: renewSql, values: [now + ttlMs, name, owner, now] }],
        });
        return renewed?.changes === 1;
      },
      async release(name, owner) {
        await database.write({ name: 'lease.release', statements: [{ sql: releaseSql, values: [name, owner] }] });
      },
    },
    runtime,
  );
}
