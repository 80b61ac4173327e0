import { coreError } from '../errors/core-errors.ts';
import { shown } from '../options/rules.ts';
import type { SqlValue, Statement, WriteSet } from '../ports/write-set.ts';
import type { Migration } from './migrate-tables.ts';

const wrong = (path: string, words: string, value: unknown): Error =>
  coreError('INVALID_ARGUMENT', { path, problem: `must be ${words}, got ${shown(value)}` });

/**
 * A copy of the set with nothing in it but what goes to the writer, so that neither a later change by the caller nor a member that
 * cannot go to another thread does harm. Refuses what SQLite would keep as something else.
 * @throws INVALID_ARGUMENT naming the place.
 */
export function checkedSet({ name, statements }: WriteSet): WriteSet {
  if (typeof name !== 'string' || name === '') throw wrong('set.name', 'a non-empty string', name);
  return { name, statements: statements.map((statement, index) => checkedStatement(statement, () => `${name}.statements[${index}]`)) };
}

/** Paths are made for errors only: every write comes through here. */
function checkedStatement({ sql, values, expectedRows }: Statement, path: () => string): Statement {
  if (typeof sql !== 'string') throw wrong(`${path()}.sql`, 'a string', sql);
  const copy = checkedValues(values, () => `${path()}.values`);
  if (expectedRows === undefined) return { sql, values: copy };
  if (!Number.isSafeInteger(expectedRows) || expectedRows < 0) throw wrong(`${path()}.expectedRows`, 'a whole number ≥ 0', expectedRows);
  return { sql, values: copy, expectedRows };
}

export function checkedValues(values: readonly SqlValue[], path: () => string): SqlValue[] {
  return values.map((value, index) => {
    if (value instanceof Uint8Array) return new Uint8Array(value);
    if (typeof value === 'string' || typeof value === 'bigint' || value === null || (typeof value === 'number' && !Number.isNaN(value)))
      return value;
    throw wrong(`${path()}[${index}]`, 'null, a number other than NaN, a bigint, a string or a Uint8Array', value);
  });
}

export function checkedMigration(owner: string, steps: readonly string[]): Migration {
  if (typeof owner !== 'string' || owner === '') throw wrong('owner', 'a non-empty string', owner);
  const odd = steps.findIndex((step) => typeof step !== 'string');
  if (odd >= 0) throw wrong(`steps[${odd}]`, 'a string', steps[odd]);
  return { owner, steps: [...steps] };
}
