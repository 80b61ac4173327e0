/** What a statement may be given. Booleans are written as 0 and 1, dates as numbers, by whoever makes the set. */
export type SqlValue = null | number | bigint | string | Uint8Array;

/** One statement as data. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
  /** The number of rows it must change. Anything else refuses the whole set: the count is the fence. */
  readonly expectedRows?: number;
}

/** A write as data, never as a callback: it is applied whole or not at all, together with others or alone. */
export interface WriteSet {
  /** Names the write for crash tests and metrics: `saga.intent`. */
  readonly name: string;
  readonly statements: readonly Statement[];
}
