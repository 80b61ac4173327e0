import { coreError } from '../errors/core-errors.ts';
import { shown } from '../options/rules.ts';
import type { SqlValue, WriteSet } from '../ports/write-set.ts';

/**
 * Refuses what SQLite or the way to another thread would change in silence, before anything is queued.
 * @throws INVALID_ARGUMENT naming the place.
 */
export function checkSet({ name, statements }: WriteSet): void {
  if (typeof name !== 'string' || name === '')
    throw coreError('INVALID_ARGUMENT', { path: 'set.name', problem: `must be a non-empty string, got ${shown(name)}` });
  for (const [index, { sql, values, expectedRows }] of statements.entries()) {
    const path = `${name}.statements[${index}]`;
    if (typeof sql !== 'string')
      throw coreError('INVALID_ARGUMENT', { path: `${path}.sql`, problem: `must be a string, got ${shown(sql)}` });
    checkValues(values, `${path}.values`);
    if (expectedRows === undefined || (Number.isSafeInteger(expectedRows) && expectedRows >= 0)) continue;
    throw coreError('INVALID_ARGUMENT', {
      path: `${path}.expectedRows`,
      problem: `must be a whole number ≥ 0, got ${shown(expectedRows)}`,
    });
  }
}

export function checkValues(values: readonly SqlValue[], path: string): void {
  for (const [index, value] of values.entries()) {
    if (isSqlValue(value)) continue;
    throw coreError('INVALID_ARGUMENT', {
      path: `${path}[${index}]`,
      problem: `must be null, a number, a bigint, a string or a Uint8Array, got ${shown(value)}`,
    });
  }
}

/** SQLite would keep NaN as NULL. */
function isSqlValue(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'bigint' || value === null) return true;
  return typeof value === 'number' ? !Number.isNaN(value) : value instanceof Uint8Array;
}
