import type { Statement } from '@tutti/core';

/** How long identities are remembered: the newest so many, and none longer than so long. */
export interface HandledLimits {
  readonly maxAgeMs: number;
  readonly maxEvents: number;
}

/** Identities between two removals of old ones. Each looks at several times as many, so that it keeps up. */
const trimEvery = 128;

/** The statements that make a table of {@link HandledTable}. A scope is a subscription; `n` counts its identities in the order in which they came. */
export function handledTable(table: string): string {
  return `CREATE TABLE ${table} (
     scope NOT NULL,
     n INTEGER NOT NULL,
     identity TEXT NOT NULL,
     handled_at INTEGER NOT NULL,
     PRIMARY KEY (scope, n)
   ) WITHOUT ROWID;
   CREATE UNIQUE INDEX ${table}_by_identity ON ${table} (scope, identity);`;
}

/** The identities that were handled, by scope, as statements for whoever writes them together with something else. */
export class HandledTable {
  readonly #table: string;
  readonly #sinceTrim = new Map<string | number, number>();

  constructor(table: string) {
    this.#table = table;
  }

  /** Gives the rows `identity` of those that are remembered. */
  handledSql(): string {
    return `SELECT identity FROM ${this.#table} WHERE scope = ?1 AND identity IN (SELECT value FROM json_each(?2))`;
  }

  /** Remembers the identities that were not yet, each under the condition that `guard` makes of its number; ?4 and further are the guard's. */
  remember(scope: string | number, now: number, identities: ReadonlyMap<string, number>, guard?: Guard): Statement {
    const table = this.#table;
    const sql = `INSERT INTO ${table} (scope, n, identity, handled_at)
      SELECT ?1, coalesce((SELECT max(n) FROM ${table} WHERE scope = ?1), 0) + row_number() OVER (), j.key, ?2 FROM json_each(?3) j
      WHERE ${guard?.sql ?? 'true'} AND NOT EXISTS (SELECT 1 FROM ${table} h WHERE h.scope = ?1 AND h.identity = j.key)`;
    return { sql, values: [scope, now, JSON.stringify(Object.fromEntries(identities)), ...(guard?.values ?? [])] };
  }

  /** Removes what the limits no longer ask for, in a bounded step, when enough came since the last time. */
  trim(scope: string | number, count: number, now: number, { maxAgeMs, maxEvents }: HandledLimits): Statement[] {
    const since = (this.#sinceTrim.get(scope) ?? trimEvery) + count;
    this.#sinceTrim.set(scope, since < trimEvery ? since : 0);
    if (since < trimEvery) return [];
    const table = this.#table;
    const sql = `DELETE FROM ${table} WHERE scope = ?1 AND n IN (SELECT n FROM ${table} WHERE scope = ?1 ORDER BY n LIMIT ?2)
      AND (handled_at < ?3 OR n <= (SELECT max(n) FROM ${table} WHERE scope = ?1) - ?4)`;
    return [{ sql, values: [scope, since * 4, now - maxAgeMs, maxEvents] }];
  }

  forget(scope: string | number): Statement {
    this.#sinceTrim.delete(scope);
    return { sql: `DELETE FROM ${this.#table} WHERE scope = ?`, values: [scope] };
  }
}

interface Guard {
  readonly sql: string;
  readonly values: readonly number[];
}
