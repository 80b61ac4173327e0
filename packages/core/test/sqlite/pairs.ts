import type { WriteSet } from '../../src/index.ts';
import type { SqliteDatabase } from '../../src/sqlite/index.ts';

/**
 * Two tables of which each set writes one row into both: a set that was applied by half shows. And a number of which everybody takes
 * the next one, fenced by the one that was read: a number that two have taken shows too, as nothing but the fence keeps them apart.
 */
export const pairTables: readonly string[] = [
  'CREATE TABLE first_half (id TEXT PRIMARY KEY) WITHOUT ROWID',
  'CREATE TABLE second_half (id TEXT PRIMARY KEY) WITHOUT ROWID',
  'CREATE TABLE next (number INTEGER NOT NULL); INSERT INTO next VALUES (0)',
  'CREATE TABLE taken (number INTEGER NOT NULL, id TEXT NOT NULL)',
];

export const pair = (id: string): WriteSet => ({
  name: 'pair',
  statements: [
    { sql: 'INSERT INTO first_half VALUES (?)', values: [id], expectedRows: 1 },
    { sql: 'INSERT INTO second_half VALUES (?)', values: [id], expectedRows: 1 },
  ],
});

/** A set whose second statement fails after its first has changed something. */
export const wrongPair = (id: string): WriteSet => ({
  name: 'pair',
  statements: [...pair(id).statements.slice(0, 1), { sql: 'DELETE FROM second_half WHERE id = ?', values: ['nobody'], expectedRows: 1 }],
});

/** Takes `number`, unless somebody else has it; without the fence, in any case. */
export const taking = (number: number, id: string, fenced: boolean): WriteSet => ({
  name: 'taking',
  statements: [
    fenced
      ? { sql: 'UPDATE next SET number = number + 1 WHERE number = ?', values: [number], expectedRows: 1 }
      : { sql: 'UPDATE next SET number = ? + 1', values: [number] },
    { sql: 'INSERT INTO taken VALUES (?, ?)', values: [number, id], expectedRows: 1 },
  ],
});

export async function wholeIds(database: SqliteDatabase): Promise<Set<string>> {
  const rows = await database.read('SELECT id FROM first_half INTERSECT SELECT id FROM second_half');
  return new Set(rows.map((row) => String(row['id'])));
}

export async function halfIds(database: SqliteDatabase): Promise<string[]> {
  const rows = await database.read(
    `SELECT id FROM (SELECT id FROM first_half UNION SELECT id FROM second_half)
     EXCEPT SELECT id FROM (SELECT id FROM first_half INTERSECT SELECT id FROM second_half)`,
  );
  return rows.map((row) => String(row['id']));
}
