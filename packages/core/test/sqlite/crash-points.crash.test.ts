import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqliteDatabase } from '../../src/sqlite/index.ts';
import { startChild } from './child.ts';
import { halfIds, wholeIds } from './pairs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-points-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs the writer into its end at that point, and opens what it left. */
async function leftBy(when: string, which: number, manner: string): Promise<{ readonly whole: string[]; readonly half: string[] }> {
  const path = join(folder, 'pairs.db');
  const { code, errors } = await startChild('crash-point-writer.ts', [path, when, which, manner]).ended;
  expect([code, errors]).toEqual([null, '']);
  await using database = sqliteDatabase({ path });
  await database.start();
  return { whole: [...(await wholeIds(database))].sort(), half: await halfIds(database) };
}

describe('a process that is killed around its n-th write', () => {
  it.each([
    ['before', 1, []],
    ['after', 1, ['1']],
    ['before', 2, ['1']],
    ['after', 2, ['1', '2']],
    ['before', 3, ['1', '2']],
    ['after', 3, ['1', '2', '3']],
  ] as const)('%s write %i leaves exactly the writes before it, all whole', async (when, which, whole) => {
    expect(await leftBy(when, which, 'whole')).toEqual({ whole, half: [] });
  });

  it('leaves a half where the halves are written as two sets (control)', async () => {
    expect(await leftBy('after', 3, 'split')).toEqual({ whole: ['1'], half: ['2'] });
  });
});
