import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryRateLimiter } from '../keyed/memory-rate-limiter.ts';
import { checkLaws, rateLimiterLaws, testRuntime } from '../testing/index.ts';
import { sqliteDatabase } from './sqlite-database.ts';
import { sqliteRateLimiter } from './sqlite-rate-limiter.ts';

async function inMemory() {
  const runtime = testRuntime();
  const { clock } = runtime;
  const database = sqliteDatabase({ path: ':memory:', runtime });
  await database.start();
  const limiter = sqliteRateLimiter({ database, runtime });
  return { runtime, database, limiter, pass: (ms: number) => clock.advance(ms), now: () => clock.now(), dispose: () => database.stop() };
}

describe('the limiter in SQLite, on a clock that stands still', () => {
  checkLaws(it, rateLimiterLaws, inMemory, { strict: true });

  it('says word for word what the one in memory says', async () => {
    const limits = { a: { tokens: 5, refillRate: 1.7 }, b: { tokens: 9, refillRate: 0.3 }, c: { tokens: 7, refillRate: 1_000 / 3 } };
    const request = fc.record({ pause: fc.nat(4_000), key: fc.constantFrom<'a' | 'b' | 'c'>('a', 'b', 'c'), cost: fc.nat(5) });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 80 }), async (requests) => {
        await using subject = await inMemory().then((made) => ({ ...made, [Symbol.asyncDispose]: made.dispose }));
        const oracle = memoryRateLimiter({ runtime: subject.runtime });
        for (const { pause, key, cost } of requests) {
          await subject.pass(pause);
          expect(await subject.limiter.take(key, limits[key], cost)).toEqual(oracle.takeNow(key, limits[key], cost));
        }
      }),
      { numRuns: 25 },
    );
  });

  it('removes the buckets that are full again', async () => {
    const { database, limiter, pass, dispose } = await inMemory();
    for (let key = 0; key < 640; key++) {
      await limiter.take(`client:${key}`, { tokens: 2, refillRate: 1 });
      if (key % 64 === 0) await pass(1_000);
    }
    const [row] = await database.read('SELECT count(*) AS kept FROM rate_buckets');
    expect(row?.['kept']).toBeLessThanOrEqual(128);
    await dispose();
  });
});

describe('the limiter in an SQLite file', () => {
  it('remembers across a restart what was taken', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tutti-limits-'));
    const remaining: number[] = [];
    for (let life = 0; life < 2; life++) {
      const database = sqliteDatabase({ path: join(folder, 'limits.db') });
      await database.start();
      remaining.push((await sqliteRateLimiter({ database }).take('k', { tokens: 10, refillRate: 0.001 }, 4)).remaining);
      await database.stop();
    }
    expect(remaining).toEqual([6, 2]);
    await rm(folder, { recursive: true });
  });

  it('passes on that the store is not to be had', async () => {
    const database = sqliteDatabase({ path: ':memory:' });
    await expect(sqliteRateLimiter({ database }).take('k', { tokens: 1, refillRate: 1 })).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });
});
