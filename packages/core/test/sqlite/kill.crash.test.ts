import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/index.ts';
import { type SqliteDatabase, sqliteDatabase } from '../../src/sqlite/index.ts';
import { eventually } from '../../src/testing/index.ts';
import { startChild } from './child.ts';
import { halfIds, wholeIds } from './pairs.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-kill-'));
  path = join(folder, 'pairs.db');
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs a writer to its end or, with `killAfter`, until it has said so many words and is killed at its work; gives all that it said. */
async function wordsOf(name: string, manner: 'honest' | 'hasty', total: number, killAfter?: number): Promise<string[]> {
  const log = join(folder, `${name}.log`);
  const said = (): string[] => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : []);
  const child = startChild('pair-writer.ts', [path, log, name, total, manner]);
  if (killAfter !== undefined) {
    await eventually(`${killAfter} words of ${name}`, () => child.over || said().length >= killAfter, 30_000);
    await child.kill();
  }
  expect(await child.ended).toEqual({ code: killAfter === undefined ? 0 : null, errors: '' });
  return said();
}

/** Each run has ids of its own, so that none makes up for what another lost. */
async function writeThroughKills(writer: string): Promise<string[]> {
  const random = seededRandom(writer.charCodeAt(0));
  const said: string[] = [];
  for (let run = 1; run <= 4; run++) said.push(...(await wordsOf(`${writer}${run}`, 'honest', 1_000_000, Math.ceil(400 * random()))));
  return [...said, ...(await wordsOf(`${writer}5`, 'honest', 2_000))];
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
    const said = (await Promise.all(['a', 'b'].map(writeThroughKills))).flat();
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
    const acknowledged = idsAfter('done', await wordsOf('hasty', 'hasty', 1_000_000, 2_000));
    const lost = await reading(async (database) => {
      const whole = await wholeIds(database);
      return acknowledged.filter((id) => !whole.has(id));
    });
    expect(acknowledged.length).toBeGreaterThanOrEqual(1_000);
    expect(lost.length).toBeGreaterThan(0);
  });
});
