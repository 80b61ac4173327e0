import type { Row } from '@tutti/core/sqlite';
import type { Level } from '../priority-backlog.ts';

export const levels: readonly Level[] = [0, 1, 2];

/** What one priority of a subscription looks like before a claim. */
export interface LevelOutlook {
  readonly level: Level;
  /** Every event up to here was handed out or did not match. */
  readonly position: number;
  /** The newest event there is. */
  readonly newest: number;
  /** How many of those begun are due now; counted no further than asked. */
  readonly due: number;
  /** The earliest time at which one begun falls due. */
  readonly nextDueAt: number;
}

const begun = (level: Level): string => `bus_deliveries WHERE subscription = ?1 AND priority = ${level} AND state < 2`;

export const outlookSql: string = `SELECT ${levels
  .map(
    (level) => `position_${level},
  (SELECT max(seq) FROM bus_events WHERE priority = ${level}) AS newest_${level},
  (SELECT count(*) FROM (SELECT 1 FROM ${begun(level)} AND due_at <= ?2 LIMIT ?3)) AS due_${level},
  (SELECT min(due_at) FROM ${begun(level)}) AS next_${level}`,
  )
  .join(', ')}
  FROM bus_subscriptions WHERE id = ?1`;

/** Nothing when the subscription was forgotten. */
export function outlookOf(row: Row | undefined): readonly LevelOutlook[] {
  if (!row) return [];
  return levels.map((level) => ({
    level,
    position: Number(row[`position_${level}`]),
    newest: Number(row[`newest_${level}`] ?? 0),
    due: Number(row[`due_${level}`]),
    nextDueAt: Number(row[`next_${level}`] ?? Number.POSITIVE_INFINITY),
  }));
}
