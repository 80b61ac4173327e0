import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection } from './connection.ts';

let connection: Connection;
beforeEach(() => {
  connection = new Connection(':memory:', { readOnly: false });
  connection.script('CREATE TABLE kept (id INTEGER PRIMARY KEY, words); INSERT INTO kept VALUES (1, $$one$$)'.replaceAll('$$', "'"));
});
afterEach(() => connection.close());

describe('rows', () => {
  it('are plain objects with the names of the moment, also after the tables have changed', () => {
    const sql = 'SELECT * FROM kept';
    expect(connection.query(sql)).toStrictEqual([{ id: 1, words: 'one' }]);
    connection.script('ALTER TABLE kept DROP COLUMN words; ALTER TABLE kept ADD COLUMN mark');
    expect(connection.query(sql)).toStrictEqual([{ id: 1, mark: null }]);
  });

  it('have bigints only where a number would not do, and numbers again afterwards', () => {
    connection.execute('INSERT INTO kept VALUES (2, ?)', [2n ** 60n]);
    const sql = 'SELECT id, words FROM kept WHERE id = ?';
    expect(connection.query(sql, [2])).toStrictEqual([{ id: 2, words: 2n ** 60n }]);
    expect(connection.query(sql, [1])).toStrictEqual([{ id: 1, words: 'one' }]);
  });
});

it('keeps working, and counting right, with more texts than it remembers', () => {
  for (let id = 10; id < 1_200; id++) expect(connection.execute(`INSERT INTO kept VALUES (${id}, 'x')`, []).changes).toBe(1);
  expect(connection.query('SELECT count(*) AS held FROM kept')).toEqual([{ held: 1_191 }]);
});

it('reports no changes for a statement that makes none, whatever the one before did', () => {
  expect(connection.execute('UPDATE kept SET words = words', []).changes).toBe(1);
  expect(connection.execute('CREATE TABLE other (id INTEGER)', []).changes).toBe(0);
  expect(connection.execute('SELECT id FROM kept', []).changes).toBe(0);
});

it('holds foreign keys', () => {
  connection.script('CREATE TABLE child (parent INTEGER REFERENCES kept (id))');
  expect(() => connection.execute('INSERT INTO child VALUES (99)', [])).toThrow('FOREIGN KEY constraint failed');
});
