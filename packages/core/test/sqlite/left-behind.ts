import { sqliteDatabase } from '../../src/sqlite/index.ts';
import { halfIds, pairTables, wholeIds } from './pairs.ts';

/** Opens what killed writers left, be it before they had made their tables, and says what of their words is not true of it. */
export async function brokenIn(path: string, said: readonly string[]): Promise<readonly string[]> {
  await using database = sqliteDatabase({ path });
  await database.start();
  await database.migrate('pairs', pairTables);
  const column = async (sql: string): Promise<unknown[]> => (await database.read(sql)).map((row) => Object.values(row)[0]);
  const whole = await wholeIds(database);
  const takers = new Set(await column('SELECT id FROM taken'));
  const [next] = await column('SELECT number FROM next');
  const numbers = await column('SELECT number FROM taken ORDER BY number');
  const check = (await column('PRAGMA integrity_check')).join();
  return [
    ...after('done', said)
      .filter((id) => !whole.has(id))
      .map((id) => `${id} was acknowledged and is lost`),
    ...after('taken', said)
      .filter((id) => !takers.has(id))
      .map((id) => `${id} was acknowledged and is lost`),
    ...after('refused', said)
      .filter((id) => whole.has(id) || takers.has(id))
      .map((id) => `${id} was refused and is there`),
    ...(await halfIds(database)).map((id) => `${id} is there by half`),
    ...(numbers.some((number, index) => number !== index) || numbers.length !== next ? ['a number was taken twice, or none took it'] : []),
    ...(check === 'ok' ? [] : [`the file is damaged: ${check}`]),
  ];
}

function after(word: string, said: readonly string[]): readonly string[] {
  return said.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
}
