import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/index.ts';
import { type SqliteDatabase, sqliteDatabase } from '../../src/sqlite/index.ts';
import { startChild } from './child.ts';
import { halfIds, wholeIds } from './pairs.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-kill-'));
  path = join(folder, 'pairs.db');
});
afterEach(() => rm(folder, { recursive: true }));

/** Goes on with new ids after each kill, until `total` pairs were acknowledged; gives all that was said. */
async function writeThroughKills(writer: string, total: number, kills: number): Promise<string[]> {
  const random = seededRandom(writer.charCodeAt(0));
  const said: string[] = [];
  for (let run = 0; said.length < total; run++) {
    const left = total - said.length;
    const child = startChild('pair-writer.ts', [path, `${writer}${run}`, left, 'honest']);
    if (run < kills) {
      await child.said(Math.ceil((0.1 + 0.3 * random()) * left));
      await child.kill();
    }
    const { errors } = await child.ended;
    expect(errors).toBe('');
    said.push(...child.lines);
  }
  return said;
}

const idsAfter = (word: string, said: readonly string[]): string[] =>
  said.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));

async function reading<T>(read: (database: SqliteDatabase) => Promise<T>): Promise<T> {
  await using database = sqliteDatabase({ path });
  await database.start();
  return await read(database);
}

describe('two processes that write to one file and are killed again and again', () => {
  it('lose no set that was acknowledged, keep none that was refused, and apply none by half', { timeout: 60_000 }, async () => {
    const said = (await Promise.all(['a', 'b'].map((writer) => writeThroughKills(writer, 2_000, 4)))).flat();
    await reading(async (database) => {
      const whole = await wholeIds(database);
      expect(said.length).toBeGreaterThanOrEqual(4_000);
      expect(idsAfter('done', said).filter((id) => !whole.has(id))).toEqual([]);
      expect(idsAfter('refused', said).filter((id) => whole.has(id))).toEqual([]);
      expect(await halfIds(database)).toEqual([]);
      expect(await database.read('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    });
  });

  it('would lose sets if they acknowledged before COMMIT (control)', async () => {
    const child = startChild('pair-writer.ts', [path, 'hasty', 100_000, 'hasty']);
    await child.said(2_000);
    await child.kill();
    const acknowledged = idsAfter('done', child.lines);
    const lost = await reading(async (database) => {
      const whole = await wholeIds(database);
      return acknowledged.filter((id) => !whole.has(id));
    });
    expect(acknowledged.length).toBeGreaterThanOrEqual(1_000);
    expect(lost.length).toBeGreaterThan(0);
  });
});
