import type { Statement } from '@tutti/core';

/** How long identities are remembered: the newest so many, and none longer than so long. */
export interface HandledLimits {
  readonly maxAgeMs: number;
  readonly maxEvents: number;
}

/** Identities between two looks for old ones. Each goes through several times as many, so that it keeps up. */
const sweepEvery = 128;
const stretch = sweepEvery * 4;

/** The statements that make a table of {@link HandledTable}. A scope is a subscription. */
export function handledTable(table: string): string {
  return `CREATE TABLE ${table} (
     scope NOT NULL,
     identity TEXT NOT NULL,
     n INTEGER NOT NULL,                    -- how many the scope had by then, or a few more
     handled_at INTEGER NOT NULL,
     PRIMARY KEY (scope, identity)
   ) WITHOUT ROWID;
   CREATE TABLE ${table}_scopes (
     scope NOT NULL PRIMARY KEY,
     count INTEGER NOT NULL DEFAULT 0,      -- of all identities so far
     sweep_from NOT NULL DEFAULT '',        -- the stretch of identities that was looked through last; a blob is greater than all of them
     sweep_to NOT NULL DEFAULT x''
   ) WITHOUT ROWID;`;
}

/** A condition for an identity to be remembered: about `j.value`, its number, and `?5`, a value of the guard's own. */
export interface Guard {
  readonly sql: string;
  readonly value: number;
}

/**
 * The identities that were handled, by scope, as statements for whoever writes them together with something else. There is no index by age,
 * as it would double what an identity costs: what is old is found by looking through all, a stretch at a time, in turns.
 */
export class HandledTable {
  readonly #table: string;
  readonly #sinceSweep = new Map<string | number, number>();
  /** Gives the rows `identity` of those that are remembered, of the scope ?1 and the JSON list ?2. */
  readonly handledSql: string;

  constructor(table: string) {
    this.#table = table;
    this.handledSql = `SELECT identity FROM ${table} WHERE scope = ?1 AND identity IN (SELECT value FROM json_each(?2))`;
  }

  /** Remembers the identities that were not yet. The first of the statements changes a row for each of them. */
  remember(scope: string | number, now: number, identities: ReadonlyMap<string, number>, guard?: Guard): readonly [Statement, Statement] {
    const table = this.#table;
    const sql = `INSERT INTO ${table} (scope, identity, n, handled_at)
      SELECT ?1, j.key, coalesce((SELECT count FROM ${table}_scopes WHERE scope = ?1), 0) + ?4, ?2 FROM json_each(?3) j
      WHERE ${guard?.sql ?? 'true'} ON CONFLICT DO NOTHING`;
    const countSql = `INSERT INTO ${table}_scopes (scope, count) VALUES (?, changes())
      ON CONFLICT DO UPDATE SET count = count + excluded.count`;
    return [
      { sql, values: [scope, now, jsonOf(identities), identities.size, ...(guard ? [guard.value] : [])] },
      { sql: countSql, values: [scope] },
    ];
  }

  /** Removes what the limits no longer ask for, in a bounded step, when enough came since the last time. */
  sweep(scope: string | number, count: number, now: number, { maxAgeMs, maxEvents }: HandledLimits): readonly Statement[] {
    const since = (this.#sinceSweep.get(scope) ?? sweepEvery) + count;
    this.#sinceSweep.set(scope, since < sweepEvery ? since : 0);
    if (since < sweepEvery) return [];
    const table = this.#table;
    const length = Math.ceil(since / sweepEvery) * stretch;
    const advanceSql = `UPDATE ${table}_scopes SET sweep_from = iif(typeof(sweep_to) = 'blob', '', sweep_to), sweep_to = coalesce((
        SELECT identity FROM ${table} h WHERE h.scope = ?1 AND h.identity > iif(typeof(sweep_to) = 'blob', '', sweep_to)
        ORDER BY identity LIMIT 1 OFFSET ?2), x'') WHERE scope = ?1`;
    const removeSql = `DELETE FROM ${table} WHERE scope = ?1 AND identity > (SELECT sweep_from FROM ${table}_scopes WHERE scope = ?1)
        AND identity <= (SELECT sweep_to FROM ${table}_scopes WHERE scope = ?1)
        AND (handled_at < ?2 OR n <= (SELECT count FROM ${table}_scopes WHERE scope = ?1) - ?3)`;
    return [
      { sql: advanceSql, values: [scope, length] },
      { sql: removeSql, values: [scope, now - maxAgeMs, maxEvents] },
    ];
  }

  forget(scope: string | number): readonly Statement[] {
    this.#sinceSweep.delete(scope);
    return [this.#table, `${this.#table}_scopes`].map((table) => ({ sql: `DELETE FROM ${table} WHERE scope = ?`, values: [scope] }));
  }
}

/** As an object would be written, without making one of a thousand keys. */
function jsonOf(identities: ReadonlyMap<string, number>): string {
  const members: string[] = [];
  for (const [identity, number] of identities) members.push(`${JSON.stringify(identity)}:${number}`);
  return `{${members.join(',')}}`;
}
