import { describe, expect, it } from 'vitest';
import { namesAreInText, textProblem, yieldOf } from './statement-text.ts';

describe('what a statement yields', () => {
  it.each([
    ['INSERT INTO t VALUES (1)', 0, 'changes'],
    ['  -- a note\n/* and\nanother */ replace into t values (1)', 0, 'changes'],
    ['WITH a AS (SELECT 1) UPDATE t SET x = 1', 0, 'changes'],
    ['DELETE FROM t RETURNING x', 1, 'both'],
    ['WITH a AS (SELECT 1) SELECT * FROM a', 1, 'rows'],
    ['PRAGMA user_version', 1, 'rows'],
    ['CREATE TABLE t (x)', 0, 'nothing'],
    ['PRAGMA user_version = 3', 0, 'nothing'],
  ] as const)('%s', (sql, columns, yields) => {
    expect(yieldOf(sql, columns)).toBe(yields);
  });
});

describe('what may not be a statement of a set', () => {
  it.each(['BEGIN', 'commit;', '/* x */ ROLLBACK', '-- x\nSavepoint a', 'RELEASE a', 'ATTACH x AS y', 'VACUUM', 'END'])('%s', (sql) => {
    expect(textProblem(sql, sql)).toMatch(/^begins with [A-Z]+, which is the engine's own business$/);
  });

  it('is more than one statement', () => {
    expect(textProblem('SELECT 1; SELECT 2', 'SELECT 1;')).toBe('holds more than one statement, of which only the first would run');
    expect(textProblem('SELECT 1 ; \n', 'SELECT 1 ;')).toBeUndefined();
  });

  it('is not a word that merely begins so', () => {
    expect(textProblem('UPDATE endings SET commit_at = 1', 'UPDATE endings SET commit_at = 1')).toBeUndefined();
  });
});

it('the names of columns are in the text unless it has a star', () => {
  expect(['SELECT a, count(*) AS b FROM t', 'SELECT a FROM t'].map(namesAreInText)).toEqual([true, true]);
  expect(['SELECT * FROM t', 'SELECT t.* FROM t', 'DELETE FROM t RETURNING *', 'SELECT a * 2 FROM t'].map(namesAreInText)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
