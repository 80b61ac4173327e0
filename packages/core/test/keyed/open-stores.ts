import { etcdConfigStore, etcdConnection } from '../../src/adapters/etcd.ts';
import { fileConfigStore } from '../../src/adapters/files.ts';
import { redisConfigStore, redisConnection, redisRateLimiter } from '../../src/adapters/redis.ts';
import type { ConfigStore, RateLimit, RateLimiter } from '../../src/index.ts';
import { type SqliteDatabase, sqliteConfigStore, sqliteDatabase, sqliteRateLimiter } from '../../src/sqlite/index.ts';

export interface Stores {
  readonly limiter: RateLimiter;
  /** The control: reads the bucket, decides, writes it back. */
  readonly hastyLimiter: RateLimiter;
  readonly config: ConfigStore;
  stop(): Promise<void>;
}

/** @param place `sqlite <path>`, `redis <url>`, `etcd <url>` or `files <folder>` */
export async function openStores(place: string): Promise<Stores> {
  const [kind, where = ''] = place.split(' ');
  if (kind === 'sqlite') return inSqlite(where);
  if (kind === 'redis') return inRedis(where);
  if (kind === 'etcd') return inEtcd(where);
  if (kind === 'files') return inFiles(where);
  throw new Error(`no such store: ${place}`);
}

const noLimiter: RateLimiter = { errorBound: 0, take: () => Promise.reject(new Error('there is no limiter in this place')) };

function inFiles(folder: string): Stores {
  const config = fileConfigStore({ folder, maxHistory: 5, lookEvery: '100ms' });
  return { limiter: noLimiter, hastyLimiter: noLimiter, config, stop: async () => {} };
}

async function inEtcd(url: string): Promise<Stores> {
  const connection = etcdConnection({ hosts: [url] });
  await connection.start();
  return {
    limiter: noLimiter,
    hastyLimiter: noLimiter,
    config: etcdConfigStore({ connection, maxHistory: 5 }),
    stop: () => connection.stop(),
  };
}

async function inSqlite(path: string): Promise<Stores> {
  const database = sqliteDatabase({ path });
  await database.start();
  return {
    limiter: sqliteRateLimiter({ database }),
    hastyLimiter: await hastySqlite(database),
    config: sqliteConfigStore({ database, maxHistory: 5 }),
    stop: () => database.stop(),
  };
}

async function inRedis(url: string): Promise<Stores> {
  const connection = redisConnection({ url });
  await connection.start();
  return {
    limiter: redisRateLimiter({ connection }),
    hastyLimiter: hasty(
      async (key) => (await connection.command('GET', key))?.toString(),
      (key, bucket) => connection.command('SET', key, bucket),
    ),
    config: redisConfigStore({ connection, maxHistory: 5 }),
    stop: () => connection.stop(),
  };
}

async function hastySqlite(database: SqliteDatabase): Promise<RateLimiter> {
  await database.migrate('hasty', ['CREATE TABLE hasty (key TEXT PRIMARY KEY, bucket TEXT NOT NULL)']);
  return hasty(
    async (key) => (await database.read('SELECT bucket FROM hasty WHERE key = ?', [key]))[0]?.['bucket'] as string | undefined,
    (key, bucket) =>
      database.write({ name: 'hasty', statements: [{ sql: 'INSERT OR REPLACE INTO hasty VALUES (?, ?)', values: [key, bucket] }] }),
  );
}

/** A token bucket as it is written when one forgets that there are others. */
function hasty(read: (key: string) => Promise<string | undefined>, write: (key: string, bucket: string) => Promise<unknown>): RateLimiter {
  return {
    errorBound: 0,
    async take(key, limit: RateLimit, cost = 1) {
      const now = Date.now();
      const { level, at } = JSON.parse((await read(key)) ?? JSON.stringify({ level: limit.tokens, at: now }));
      const held = Math.min(limit.tokens, level + ((now - at) * limit.refillRate) / 1_000);
      const allowed = held >= cost;
      if (allowed) await write(key, JSON.stringify({ level: held - cost, at: now }));
      return { allowed, remaining: 0, retryAfterMs: 0, resetMs: 0, limit: limit.tokens };
    },
  };
}
