import assert from 'node:assert/strict';
import type { SqlValue, WriteSet } from '../ports/write-set.ts';
import type { SqliteDatabase } from '../sqlite/database.ts';
import { type Law, withCode } from './laws.ts';

/** A database that runs and has no tables yet. */
export interface SqliteSubject {
  readonly database: SqliteDatabase;
}

const insert = (id: number, words: string): WriteSet => ({
  name: 'law.insert',
  statements: [{ sql: 'INSERT INTO law VALUES (?, ?)', values: [id, words], expectedRows: 1 }],
});

/** Fails at its second statement, when its first has already changed a row. */
const halfWrong = (id: number): WriteSet => ({
  name: 'law.half',
  statements: [
    { sql: 'INSERT INTO law VALUES (?, ?)', values: [id, 'half'] },
    { sql: 'UPDATE law SET words = ? WHERE id = ?', values: ['never', -1], expectedRows: 1 },
  ],
});

async function withTable({ database }: SqliteSubject): Promise<SqliteDatabase> {
  await database.migrate('law', ['CREATE TABLE law (id INTEGER PRIMARY KEY, words TEXT NOT NULL)']);
  return database;
}

async function idsOf(database: SqliteDatabase): Promise<SqlValue[]> {
  const rows = await database.read('SELECT id FROM law ORDER BY id');
  return rows.map((row) => row['id'] as SqlValue);
}

/** What every `SqliteDatabase` promises, over a file or in memory. */
export const sqliteLaws: readonly Law<SqliteSubject>[] = [
  {
    id: 'SQL-1',
    title: 'applies a set whole or not at all',
    async run(subject) {
      const database = await withTable(subject);
      await assert.rejects(database.write(halfWrong(1)), withCode('WRITE_CONFLICT'));
      assert.deepEqual(await idsOf(database), []);
      await database.write({ name: 'law.two', statements: [...insert(1, 'a').statements, ...insert(2, 'b').statements] });
      assert.deepEqual(await idsOf(database), [1, 2]);
    },
  },
  {
    id: 'SQL-2',
    title: 'applies sets in the order of the calls, waiting for none of them',
    async run(subject) {
      const database = await withTable(subject);
      await database.write(insert(1, ''));
      const append = (letter: string): WriteSet => ({
        name: 'law.append',
        statements: [{ sql: 'UPDATE law SET words = words || ?', values: [letter] }],
      });
      await Promise.all([...'abcdefghijklmnopqrstuvwxyz'].map((letter) => database.write(append(letter))));
      assert.deepEqual(await database.read('SELECT words FROM law'), [{ words: 'abcdefghijklmnopqrstuvwxyz' }]);
    },
  },
  {
    id: 'SQL-3',
    title: 'refuses the sets that fail and none of those written at the same time',
    async run(subject) {
      const database = await withTable(subject);
      const ids = Array.from({ length: 60 }, (_, index) => index);
      const wrong = (id: number): boolean => id % 7 === 3;
      const settled = await Promise.allSettled(ids.map((id) => database.write(wrong(id) ? halfWrong(id) : insert(id, 'whole'))));
      assert.deepEqual(
        settled.map(({ status }) => status),
        ids.map((id) => (wrong(id) ? 'rejected' : 'fulfilled')),
      );
      assert.deepEqual(
        await idsOf(database),
        ids.filter((id) => !wrong(id)),
      );
    },
  },
  {
    id: 'SQL-4',
    title: 'says which statement met how many rows instead of the expected number',
    async run(subject) {
      const database = await withTable(subject);
      await database.write(insert(1, 'a'));
      const conflict = await database
        .write({ name: 'law.fence', statements: [{ sql: 'DELETE FROM law', values: [], expectedRows: 2 }] })
        .catch((error) => error);
      const where = { store: database.path, statement: 'law.fence, statement 1', index: 0 };
      assert.deepEqual(conflict.details, { ...where, expectedRows: 2, actualRows: 1 });
      const taken = await database.write(insert(1, 'b')).catch((error) => error);
      assert.equal(taken.code, 'WRITE_CONFLICT');
      assert.match(taken.message, /UNIQUE constraint failed: law\.id/);
      assert.match(taken.details.constraint, /UNIQUE constraint failed: law\.id/);
    },
  },
  {
    id: 'SQL-5',
    title: 'reads every write that was acknowledged before',
    async run(subject) {
      const database = await withTable(subject);
      for (let id = 1; id <= 20; id++) {
        await database.write(insert(id, 'seen'));
        assert.equal((await idsOf(database)).length, id);
      }
    },
  },
  {
    id: 'SQL-6',
    title: 'gives one result a statement, with the rows changed and those returned',
    async run(subject) {
      const database = await withTable(subject);
      const results = await database.write({
        name: 'law.results',
        statements: [
          { sql: 'CREATE INDEX words_of_law ON law (words)', values: [] },
          { sql: 'INSERT INTO law VALUES (1, ?), (2, ?)', values: ['a', 'b'], expectedRows: 2 },
          { sql: 'UPDATE law SET words = upper(words) RETURNING id, words', values: [], expectedRows: 2 },
          { sql: 'SELECT count(*) AS held FROM law', values: [] },
          { sql: 'DELETE FROM law WHERE id > 5', values: [], expectedRows: 0 },
        ],
      });
      const returned = [
        { id: 1, words: 'A' },
        { id: 2, words: 'B' },
      ];
      assert.deepEqual(results, [
        { changes: 0, rows: [] },
        { changes: 2, rows: [] },
        { changes: 2, rows: returned },
        { changes: 0, rows: [{ held: 2 }] },
        { changes: 0, rows: [] },
      ]);
    },
  },
  {
    id: 'SQL-7',
    title: 'gives every kind of value back as it was, integers beyond 2^53 as bigint',
    async run(subject) {
      const { database } = subject;
      await database.migrate('values', ['CREATE TABLE kept (a, b, c, d, e INTEGER, f INTEGER)']);
      const bytes = Buffer.from('a part of a larger buffer').subarray(2, 6);
      const values: SqlValue[] = [null, 1.5, 'täxt', bytes, 2n ** 62n, 7];
      const expected = { a: null, b: 1.5, c: 'täxt', d: new Uint8Array(bytes), e: 2n ** 62n, f: 7 };
      const [result] = await database.write({
        name: 'law.keep',
        statements: [{ sql: 'INSERT INTO kept VALUES (?, ?, ?, ?, ?, ?) RETURNING *', values }],
      });
      assert.deepEqual(result?.rows, [expected]);
      assert.deepEqual(await database.read('SELECT * FROM kept'), [expected]);
    },
  },
  {
    id: 'SQL-8',
    title: 'refuses what SQLite would quietly take for something else',
    async run(subject) {
      const database = await withTable(subject);
      const wrong: readonly (readonly [sql: string, values: readonly unknown[]])[] = [
        ['INSERT INTO law VALUES (1, ?)', [true]],
        ['INSERT INTO law VALUES (1, ?)', [Number.NaN]],
        ['INSERT INTO law VALUES (1, ?)', [undefined]],
        ['INSERT INTO law VALUES (1, ?)', [() => {}]],
        [`INSERT INTO law VALUES (1, 'a'); INSERT INTO law VALUES (2, 'b')`, []],
        ['COMMIT', []],
        ['/* sly */ begin', []],
        ['INSERT INTO lore VALUES (1)', []],
        ['INSERT INTO law VALUES (1, ?)', ['one', 'too many']],
      ];
      for (const [sql, values] of wrong) {
        const set = { name: 'law.wrong', statements: [...insert(9, 'first').statements, { sql, values: values as SqlValue[] }] };
        await assert.rejects(database.write(set), withCode('INVALID_ARGUMENT'), sql);
      }
      assert.deepEqual(await idsOf(database), []);
    },
  },
  {
    id: 'SQL-9',
    title: 'does not let a read change anything',
    async run(subject) {
      const database = await withTable(subject);
      for (const sql of [`INSERT INTO law VALUES (1, 'a')`, `INSERT INTO law VALUES (1, 'a') RETURNING id`, 'BEGIN', 'DROP TABLE law']) {
        await assert.rejects(database.read(sql), withCode('INVALID_ARGUMENT'), sql);
      }
      await database.write(insert(1, 'a'));
      assert.deepEqual(await idsOf(database), [1]);
    },
  },
  {
    id: 'SQL-10',
    title: 'runs each step of a migration once, also when asked again with more steps',
    async run({ database }) {
      const first = `CREATE TABLE grown (id INTEGER PRIMARY KEY); INSERT INTO grown VALUES (1)`;
      const second = 'ALTER TABLE grown ADD COLUMN words TEXT';
      await Promise.all([database.migrate('grown', [first]), database.migrate('grown', [first])]);
      await database.migrate('grown', [first, second]);
      await database.migrate('other', ['CREATE TABLE of_another_owner (id INTEGER)']);
      assert.deepEqual(await database.read('SELECT * FROM grown'), [{ id: 1, words: null }]);
    },
  },
  {
    id: 'SQL-11',
    title: 'leaves the tables as they were when a step fails, and says which',
    async run({ database }) {
      const failed = await database.migrate('grown', ['CREATE TABLE grown (id INTEGER)', 'CREATE TABEL typo (id)']).catch((error) => error);
      assert.equal(failed.code, 'INVALID_ARGUMENT');
      assert.match(failed.message, /^steps\[1\] .*syntax error/);
      assert.deepEqual(await database.read(`SELECT name FROM sqlite_schema WHERE name = 'grown'`), []);
      await database.migrate('grown', ['CREATE TABLE grown (id INTEGER)']);
    },
  },
  {
    id: 'SQL-12',
    title: 'refuses tables that a newer version made',
    async run({ database }) {
      await database.migrate('grown', ['CREATE TABLE grown (id INTEGER)', 'ALTER TABLE grown ADD COLUMN words TEXT']);
      await assert.rejects(database.migrate('grown', ['CREATE TABLE grown (id INTEGER)']), withCode('STORE_UNSUPPORTED'));
    },
  },
  {
    id: 'SQL-13',
    title: 'rings after a commit, for each listener until it is taken off, and not for a set that was refused',
    async run(subject) {
      const database = await withTable(subject);
      let rings = 0;
      let others = 0;
      const off = database.onCommit(() => rings++);
      database.onCommit(() => others++);
      await assert.rejects(database.write(halfWrong(1)), withCode('WRITE_CONFLICT'));
      assert.equal(rings, 0);
      await database.write(insert(1, 'a'));
      assert.ok(rings >= 1 && others >= 1);
      off();
      const before = rings;
      await database.write(insert(2, 'b'));
      assert.equal(rings, before);
      assert.ok(others >= 2);
    },
  },
  {
    id: 'SQL-14',
    title: 'lets the writes that it accepted finish when it is stopped, and takes no more',
    async run(subject) {
      const database = await withTable(subject);
      const writes = Array.from({ length: 40 }, (_, id) => database.write(insert(id, 'accepted')));
      const stopped = database.stop();
      assert.equal((await Promise.all(writes)).length, 40);
      await stopped;
      await assert.rejects(database.write(insert(99, 'late')), withCode('NOT_RUNNING'));
      await assert.rejects(database.read('SELECT 1'), withCode('NOT_RUNNING'));
      await assert.rejects(database.migrate('late', []), withCode('NOT_RUNNING'));
    },
  },
];
