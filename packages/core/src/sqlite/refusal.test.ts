import { describe, expect, it } from 'vitest';
import { coreError } from '../index.ts';
import { refusalError, refusalOf, writeError } from './refusal.ts';

const sqlite = (errcode: number): Error => Object.assign(new Error('words of SQLite'), { code: 'ERR_SQLITE_ERROR', errcode });

describe('what SQLite threw', () => {
  it.each([
    [1, 'invalid', 'is refused by SQLite: words of SQLite'],
    [3, 'unavailable', 'access was denied'],
    [5, 'busy', 'other processes kept it locked'],
    [517, 'busy', 'other processes kept it locked'],
    [8, 'unavailable', 'read-only for this user'],
    [10, 'unavailable', 'the disk answered with an error'],
    [1034, 'unavailable', 'the disk answered with an error'],
    [11, 'unavailable', 'the file is damaged'],
    [13, 'unavailable', 'the disk or the quota is full'],
    [14, 'unavailable', 'cannot be opened or created'],
    [1544, 'unavailable', 'read-only for this user'],
    [1555, 'conflict', 'words of SQLite'],
    [26, 'unavailable', 'no SQLite database'],
  ] as const)('with code %i is %s', (code, refused, words) => {
    expect(refusalOf(sqlite(code))).toMatchObject({ refused, problem: expect.stringContaining(words) });
  });

  it('is told apart from what the driver and the engine refuse', () => {
    expect(refusalOf(new TypeError('cannot be bound'))).toEqual({
      refused: 'invalid',
      problem: 'is refused by the driver: cannot be bound',
    });
    expect(refusalOf(coreError('INVALID_ARGUMENT', { path: 'sql', problem: 'gives no rows' }))).toEqual({
      refused: 'invalid',
      problem: 'gives no rows',
    });
  });
});

it('becomes an error that names the file, the write and the statement', () => {
  const set = { name: 'saga.intent', statements: [{ sql: 'UPDATE …', values: [], expectedRows: 2 }] };
  expect(writeError('/kept.db', set, { refused: 'conflict', problem: '', statement: 0, rows: 1 }).message).toBe(
    'nothing was written to /kept.db: "saga.intent, statement 1" met 1 rows instead of 2',
  );
  expect(writeError('/kept.db', set, { refused: 'conflict', problem: 'UNIQUE', statement: 0, rows: 0 }).details).toMatchObject({
    index: 0,
    constraint: 'UNIQUE',
  });
  expect(writeError('/kept.db', set, { refused: 'invalid', problem: 'is odd', statement: 0 }).message).toBe(
    'saga.intent.statements[0] is odd',
  );
  expect(refusalError('/kept.db', 'path', { refused: 'unsupported', problem: 'too old' }).message).toBe(
    'the store /kept.db cannot be used: too old',
  );
});
