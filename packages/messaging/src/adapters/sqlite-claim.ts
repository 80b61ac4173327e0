import type { Statement } from '@tutti/core';
import type { Row, StatementResult } from '@tutti/core/sqlite';

/** What a subscription looks like before a claim. */
export interface Outlook {
  /** Undefined when the subscription was forgotten. */
  readonly position: number | undefined;
  /** The earliest time at which something begun falls due again. */
  readonly nextDueAt: number;
  /** How many are due now; counted no further than asked. */
  readonly due: number;
  /** The newest event there is. */
  readonly newest: number;
}

export const outlookSql = `SELECT
  (SELECT position FROM bus_subscriptions WHERE id = ?1) AS position,
  (SELECT min(due_at) FROM bus_deliveries WHERE subscription = ?1) AS next_due_at,
  (SELECT count(*) FROM (SELECT 1 FROM bus_deliveries WHERE subscription = ?1 AND due_at <= ?2 LIMIT ?3)) AS due,
  (SELECT max(seq) FROM bus_events) AS newest`;

export function outlookOf(row: Row | undefined): Outlook {
  const position = row?.['position'];
  return {
    position: typeof position === 'number' ? position : undefined,
    nextDueAt: Number(row?.['next_due_at'] ?? Number.POSITIVE_INFINITY),
    due: Number(row?.['due'] ?? 0),
    newest: Number(row?.['newest'] ?? 0),
  };
}

/** New events behind a position. */
export const pageSql = 'SELECT seq, type, body FROM bus_events WHERE seq > ? ORDER BY seq LIMIT ?';

export interface NewEvent {
  readonly seq: number;
  readonly body: string;
}

export interface Claim {
  readonly subscription: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly leaseMs: number;
  /** Deliveries to take over that are due; 0 for none. */
  readonly due: number;
  readonly fresh: readonly NewEvent[];
  /** Where the subscription must still be for `fresh` to count, and where it goes. */
  readonly position: number;
  readonly advanceTo: number;
}

export interface Claimed {
  readonly seq: number;
  readonly attempt: number;
  readonly fence: number;
  readonly body: string;
}

const takeOver = `UPDATE bus_deliveries SET attempt = attempt + 1, fence = fence + 1, due_at = ?1
  WHERE subscription = ?2 AND seq IN (SELECT seq FROM bus_deliveries WHERE subscription = ?2 AND due_at <= ?3 ORDER BY due_at LIMIT ?4)
  RETURNING seq, attempt, fence, coalesce(body, (SELECT e.body FROM bus_events e WHERE e.seq = bus_deliveries.seq)) AS body`;

/** Does nothing when another member has moved the position since it was read: no conflict, just nothing to take. */
const begin = `INSERT INTO bus_deliveries (seq, subscription, attempt, fence, due_at)
  SELECT value, ?1, 1, 1, ?2 FROM json_each(?3) WHERE (SELECT position FROM bus_subscriptions WHERE id = ?1) = ?4
  ON CONFLICT DO NOTHING RETURNING seq`;
const advance = 'UPDATE bus_subscriptions SET position = ? WHERE id = ? AND position = ?';

export function claimStatements({
  subscription,
  now,
  leaseMs,
  due,
  fresh,
  position,
  advanceTo,
}: Claim): readonly [Statement, Statement, Statement] {
  const until = now + leaseMs;
  return [
    { sql: takeOver, values: [until, subscription, now, due] },
    { sql: begin, values: [subscription, until, JSON.stringify(fresh.map(({ seq }) => seq)), position] },
    { sql: advance, values: [advanceTo, subscription, position] },
  ];
}

/** What the claim won, oldest first: what was due, then what is new. */
export function claimedOf({ fresh }: Claim, [taken, begun]: readonly StatementResult[]): readonly Claimed[] {
  const won = new Set(begun?.rows.map((row) => row['seq']));
  return [
    ...(taken?.rows ?? []).map((row) => row as unknown as Claimed).sort((a, b) => a.seq - b.seq),
    ...fresh.filter(({ seq }) => won.has(seq)).map(({ seq, body }) => ({ seq, body, attempt: 1, fence: 1 })),
  ];
}
