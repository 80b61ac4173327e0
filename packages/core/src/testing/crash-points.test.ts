import { describe, expect, it } from 'vitest';
import type { WriteSet } from '../ports/write-set.ts';
import { sqliteDatabase } from '../sqlite/index.ts';
import { type CrashPoint, crashPoints } from './crash-points.ts';

const write = (name: string): WriteSet => ({ name, statements: [{ sql: 'INSERT INTO points VALUES (?)', values: [name] }] });

describe('crash points', () => {
  it('are met before and after every write, counted by its name', async () => {
    const met: CrashPoint[] = [];
    await using database = crashPoints(sqliteDatabase({ path: ':memory:' }), (point) => met.push(point));
    await database.start();
    await database.migrate('points', ['CREATE TABLE points (name TEXT)']);
    for (const name of ['intent', 'outcome', 'intent']) await database.write(write(name));
    expect(met.map(({ name, when, count }) => `${when} ${name} ${count}`)).toEqual([
      'before intent 1',
      'after intent 1',
      'before outcome 1',
      'after outcome 1',
      'before intent 2',
      'after intent 2',
    ]);
    expect(database.writeNames).toEqual(['intent', 'outcome', 'intent']);
  });

  it('fail the write when they throw: before it nothing is written, after it all is', async () => {
    let fatal = 'before';
    await using database = crashPoints(sqliteDatabase({ path: ':memory:' }), ({ when }) => {
      if (when === fatal) throw new Error(`ended ${when}`);
    });
    await database.start();
    await database.migrate('points', ['CREATE TABLE points (name TEXT)']);
    await expect(database.write(write('a'))).rejects.toThrow('ended before');
    expect(await database.read('SELECT name FROM points')).toEqual([]);
    fatal = 'after';
    await expect(database.write(write('b'))).rejects.toThrow('ended after');
    expect(await database.read('SELECT name FROM points')).toEqual([{ name: 'b' }]);
  });
});
