import type { StatementResult } from './database.ts';

const frequent: readonly StatementResult[] = [0, 1, 2, 3].map((changes) => Object.freeze({ changes, rows: Object.freeze([]) }));

/** The result of a statement that gave no rows. Nearly all are one of a few, which need not be made again each time. */
export function withoutRows(changes: number): StatementResult {
  return frequent[changes] ?? { changes, rows: [] };
}
