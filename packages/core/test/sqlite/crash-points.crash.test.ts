import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sqliteDatabase } from '../../src/sqlite/index.ts';
import { type CrashSweep, sweepCrashPoints } from '../../src/testing/index.ts';
import { halfIds, wholeIds } from './pairs.ts';

const program = new URL('crash-point-writer.ts', import.meta.url);
const neverDies = new URL('never-dies.ts', import.meta.url);

/** After a death before the n-th write there are n - 1 pairs, after a death behind it there are n, and never a half. */
async function broken(folder: string, point: string): Promise<readonly string[]> {
  await using database = sqliteDatabase({ path: join(folder, 'pairs.db') });
  await database.start();
  const [, when, which] = point.split('/');
  const expected = ['1', '2', '3'].slice(0, Number(which) - (when === 'before' ? 1 : 0));
  const [whole, half] = [[...(await wholeIds(database))].sort(), await halfIds(database)];
  return `${whole}` === `${expected}` && half.length === 0 ? [] : [`whole are ${whole}, by half ${half}`];
}

const sweep = (manner: string): Promise<CrashSweep> => sweepCrashPoints({ program, args: [manner], check: broken });

describe('a process that is killed before and after each of its writes', () => {
  it('leaves exactly the writes before it, all whole', async () => {
    expect(await sweep('whole')).toEqual({
      points: ['pair/before/1', 'pair/after/1', 'pair/before/2', 'pair/after/2', 'pair/before/3', 'pair/after/3'],
      missed: [],
      problems: [],
    });
  });

  it('leaves halves where the halves are written as two sets (control)', async () => {
    const { problems } = await sweep('split');
    expect(problems).toContain('killed at pair/after/3: whole are 1, by half 2');
  });

  it('is found out when it does not die where it should (control)', async () => {
    const { points, problems } = await sweepCrashPoints({ program: neverDies, check: async () => [] });
    expect(points).toEqual(['alone/before/1', 'alone/after/1']);
    expect(problems).toEqual(points.map((point) => `it ended with 0 and not by its death at ${point}`));
  });

  it('may be told that not every life comes to a point', async () => {
    const mayMiss = (point: string): boolean => point === 'alone/after/1';
    const { points, missed, problems } = await sweepCrashPoints({ program: neverDies, mayMiss, check: async () => [] });
    expect(points).toEqual(['alone/before/1']);
    expect(missed).toEqual(['alone/after/1']);
    expect(problems).toEqual(['it ended with 0 and not by its death at alone/before/1']);
  });
});
