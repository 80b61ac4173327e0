import { checkKey, checkTake } from '../keyed/check-take.ts';
import { missingAt, verdictOf } from '../keyed/gcra.ts';
import { checkOptions } from '../options/check-options.ts';
import { objectWith } from '../options/rules.ts';
import type { RateLimit, RateLimiter } from '../ports/rate-limiter.ts';
import type { Statement } from '../ports/write-set.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import type { Row, SqliteDatabase } from './database.ts';
import { tablesOf } from './tables.ts';

export interface SqliteRateLimiterOptions {
  /** A database of the caller's, who starts it before the first request and stops it after the last. */
  readonly database: SqliteDatabase;
  readonly runtime?: Runtime;
}

/** Takes between two removals of buckets that are full again. Each looks at several times as many, so that it keeps up. */
const trimEvery = 64;

const tables = [
  `CREATE TABLE rate_buckets (key TEXT PRIMARY KEY, missing REAL NOT NULL, since REAL NOT NULL, full_at REAL NOT NULL) WITHOUT ROWID;
   CREATE INDEX rate_buckets_by_full_at ON rate_buckets (full_at)`,
];

/** `missingAt` of gcra.ts in SQL. ?1 key, ?2 now, ?3 tokens, ?4 refillRate, ?5 cost. */
const missingNow = 'max(0.0, missing - max(0.0, ?2 - since) * ?4 / 1000.0)';
/** `gives` of gcra.ts: no row is changed where the bucket has too little. */
const takeSql = `INSERT INTO rate_buckets (key, missing, since, full_at) VALUES (?1, ?5, ?2, ?2 + ?5 * 1000.0 / ?4)
  ON CONFLICT (key) DO UPDATE SET
    missing = ${missingNow} + ?5,
    since = max(since, ?2),
    full_at = max(since, ?2) + (${missingNow} + ?5) * 1000.0 / ?4
  WHERE ${missingNow} + ?5 <= ?3 * (1 + 1e-9)`;
const bucketSql = 'SELECT missing, since FROM rate_buckets WHERE key = ?';
const trimSql = `DELETE FROM rate_buckets WHERE key IN (SELECT key FROM rate_buckets WHERE full_at <= ? ORDER BY full_at LIMIT ${trimEvery * 4})`;

/**
 * Buckets in an SQLite file, for the processes of one host: strict, `errorBound` is 0. What was taken is on the disk before `take`
 * resolves, and survives a crash. Buckets that are full again are removed as others are taken from.
 *
 * Time is the host's wall clock, which all its processes share: set back, it refills nothing until it has caught up; set forward, it refills early.
 *
 * @example
 * ```ts
 * import { sqliteDatabase, sqliteRateLimiter } from '@tutti/core/sqlite';
 *
 * await using database = sqliteDatabase({ path: ':memory:' });
 * await database.start();
 * const limiter = sqliteRateLimiter({ database });
 * console.log(await limiter.take('mail:ada', { tokens: 3, refillRate: 0.05 }, 2));
 * ```
 */
export function sqliteRateLimiter(options: SqliteRateLimiterOptions): RateLimiter {
  const { database, runtime = defaultRuntime } = checkOptions('sqliteRateLimiter', options, {
    required: { database: objectWith('a SqliteDatabase', 'write', 'read', 'migrate', 'onCommit') },
    optional: { runtime: objectWith('a Runtime', 'clock', 'logger', 'random') },
  });
  const haveTables = tablesOf(database, 'core.rate-limiter', tables);
  let takes = 0;
  const trim = (now: number): Statement[] => (++takes % trimEvery === 0 ? [{ sql: trimSql, values: [now] }] : []);

  async function look(key: string, limit: RateLimit, now: number): ReturnType<RateLimiter['take']> {
    const [bucket] = await database.read(bucketSql, [key]);
    return verdictOf(true, missingOf(bucket, limit, now), 0, limit);
  }
  return {
    errorBound: 0,
    async take(key, limit, cost = 1) {
      checkTake(key, limit, cost);
      checkKey(key);
      await haveTables();
      const now = runtime.clock.epoch();
      if (cost === 0) return look(key, limit, now);
      const { tokens, refillRate } = limit;
      const take = { sql: takeSql, values: [key, now, tokens, refillRate, cost] };
      const [taken, after] = await database.write({
        name: 'rate.take',
        statements: [take, { sql: bucketSql, values: [key] }, ...trim(now)],
      });
      return verdictOf(taken?.changes === 1, missingOf(after?.rows[0], limit, now), cost, limit);
    },
  };
}

function missingOf(bucket: Row | undefined, limit: RateLimit, now: number): number {
  return bucket ? missingAt(now, Number(bucket['missing']), Number(bucket['since']), limit) : 0;
}
