import type { Statement } from '@tutti/core';
import type { StatementResult } from '@tutti/core/sqlite';
import type { Level } from '../priority-backlog.ts';
import type { Found, NewEvent } from './search.ts';
import { storedText } from './stored-text.ts';

/** What a claim wants of one priority. */
export interface LevelClaim {
  readonly level: Level;
  /** Begun deliveries to take that are due; 0 for none. */
  readonly due: number;
  /** Where the subscription must still be for what was found to count; from there it goes to where the search got. */
  readonly position: number;
  readonly found: Found;
}

export interface Claim {
  readonly subscription: number;
  readonly ordered: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly leaseMs: number;
  readonly levels: readonly LevelClaim[];
}

export interface Claimed {
  readonly seq: number;
  readonly attempt: number;
  readonly fence: number;
  readonly text: string;
  readonly takenOver: boolean;
  readonly replayedFrom: string | undefined;
}

const takeSql = `UPDATE bus_deliveries
  SET attempt = attempt + 1, fence = fence + 1, due_at = ?1, taken_over = (state = 1 OR taken_over), state = 1
  WHERE subscription = ?2 AND seq IN (SELECT seq FROM bus_deliveries
    WHERE subscription = ?2 AND priority = ?3 AND state < 2 AND due_at <= ?4 ORDER BY due_at LIMIT ?5)
  RETURNING seq, attempt, fence, taken_over, replayed_from,
    coalesce(body, (SELECT e.body FROM bus_events e WHERE e.seq = bus_deliveries.seq)) AS body`;

/** Does nothing when another member has moved the position since it was read: no conflict, just nothing to take. */
const stillThere = (level: Level): string => `(SELECT position_${level} FROM bus_subscriptions WHERE id = ?1) = ?4`;
const beginSql = (level: Level): string => `INSERT INTO bus_deliveries (subscription, seq, priority, state, attempt, fence, due_at)
  SELECT ?1, value, ${level}, 1, 1, 1, ?2 FROM json_each(?3) WHERE ${stillThere(level)} ON CONFLICT DO NOTHING`;
/**
 * Given [seq, subject, rank]. Where something of its subject is begun, an event waits for it (state 2). Otherwise one of rank 1 is taken, one of
 * rank 2, which seemed to have something before it when it was looked for, may be taken at once (state 0), and one of rank 0 has others before it in this very claim.
 */
const beginOrderedSql = (
  level: Level,
): string => `INSERT INTO bus_deliveries (subscription, seq, priority, subject, state, attempt, fence, due_at)
  SELECT ?1, seq, ${level}, subject, CASE rank WHEN 1 THEN 1 WHEN 2 THEN 0 ELSE 2 END, rank = 1, 1, iif(rank = 1, ?2, ?5) FROM (
    SELECT value ->> 0 AS seq, value ->> 1 AS subject, iif(EXISTS (SELECT 1 FROM bus_deliveries d
      WHERE d.subscription = ?1 AND d.subject = value ->> 1 AND d.priority = ${level}), 0, value ->> 2) AS rank FROM json_each(?3))
  WHERE ${stillThere(level)} ON CONFLICT DO NOTHING RETURNING seq, state`;
const advanceSql = (level: Level): string => `UPDATE bus_subscriptions SET position_${level} = ?2 WHERE id = ?1 AND position_${level} = ?3`;

/** Of new events that were claimed, those that are not somebody else's: all, unless a replayed one of another subscription of this name had come before. */
export const begunSql =
  'SELECT seq FROM bus_deliveries WHERE subscription = ?1 AND fence = 1 AND state = 1 AND seq IN (SELECT value FROM json_each(?2))';

interface Part {
  readonly claim: LevelClaim;
  readonly take: number | undefined;
  readonly begin: number | undefined;
  readonly advance: number | undefined;
}

/** The statements of a claim, and what their results say was won. */
export class ClaimSet {
  readonly statements: Statement[] = [];
  readonly #parts: readonly Part[];
  readonly #ordered: boolean;

  constructor({ subscription, ordered, now, leaseMs, levels }: Claim) {
    this.#ordered = ordered;
    const until = now + leaseMs;
    this.#parts = levels.map((claim) => {
      const { level, due, position, found } = claim;
      const take = due > 0 ? this.#add(takeSql, until, subscription, level, now, due) : undefined;
      const news = ordered ? orderedNews(found) : found.free.map(({ seq }) => seq);
      const sql = ordered ? beginOrderedSql(level) : beginSql(level);
      const values = [subscription, until, JSON.stringify(news), position, ...(ordered ? [now] : [])];
      const begin = news.length > 0 ? this.#add(sql, ...values) : undefined;
      const advance = found.upTo > position ? this.#add(advanceSql(level), subscription, found.upTo, position) : undefined;
      return { claim, take, begin, advance };
    });
  }

  /** Another member moved on meanwhile. */
  lostAny(results: readonly StatementResult[]): boolean {
    return this.#parts.some(({ advance }) => advance !== undefined && results[advance]?.changes === 0);
  }

  /** By priority, and of each what was due before what is new. `begun` is asked in the rare case that not all that was new could be begun. */
  async won(
    results: readonly StatementResult[],
    begun: (seqs: readonly number[]) => Promise<ReadonlySet<number>>,
  ): Promise<readonly Claimed[]> {
    const won: Claimed[] = [];
    for (const { claim, take, begin } of this.#parts) {
      if (take !== undefined) won.push(...taken(results[take]));
      if (begin !== undefined) for (const event of await this.#begun(claim.found.free, results[begin], begun)) won.push(first(event));
    }
    return won;
  }

  async #begun(
    free: readonly NewEvent[],
    result: StatementResult | undefined,
    begun: (seqs: readonly number[]) => Promise<ReadonlySet<number>>,
  ): Promise<readonly NewEvent[]> {
    if (!result || result.changes === 0) return [];
    if (!this.#ordered && result.changes === free.length) return free;
    const mine = this.#ordered
      ? new Set(result.rows.filter(({ state }) => state === 1).map(({ seq }) => Number(seq)))
      : await begun(free.map(({ seq }) => seq));
    return free.filter(({ seq }) => mine.has(seq));
  }

  #add(sql: string, ...values: readonly (string | number)[]): number {
    return this.statements.push({ sql, values }) - 1;
  }
}

/** Of each subject the first may be taken, or might be by now if it was not to be; the others have it before them. */
function orderedNews({ free, behind }: Found): readonly (readonly [seq: number, subject: string | null, rank: 0 | 1 | 2])[] {
  const subjects = new Set(free.map(({ subject }) => subject));
  return [
    ...free.map(({ seq, subject }) => [seq, subject, 1] as const),
    ...behind.map(({ seq, subject }) => {
      const rank = subjects.has(subject) ? 0 : 2;
      subjects.add(subject);
      return [seq, subject, rank] as const;
    }),
  ];
}

function taken(result: StatementResult | undefined): readonly Claimed[] {
  return (result?.rows ?? [])
    .map((row) => ({
      seq: Number(row['seq']),
      attempt: Number(row['attempt']),
      fence: Number(row['fence']),
      text: storedText(row['body']),
      takenOver: row['taken_over'] === 1,
      replayedFrom: row['replayed_from'] === null ? undefined : String(row['replayed_from']),
    }))
    .sort((a, b) => a.seq - b.seq);
}

function first({ seq, body }: NewEvent): Claimed {
  return { seq, attempt: 1, fence: 1, text: storedText(body), takenOver: false, replayedFrom: undefined };
}
