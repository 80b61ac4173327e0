/** What a cache has done since it was made, and what it holds. */
export interface CacheStats {
  /** Served from memory. */
  readonly hits: number;
  /** Of these, past their time while a newer value was loaded. */
  readonly staleHits: number;
  /** Had to wait for the second level or for a load, their own or another's. */
  readonly misses: number;
  /** Entries found in the second level. */
  readonly l2Hits: number;
  /** Operations on the second level that failed, were refused by its guard or took too long. */
  readonly l2Failures: number;
  readonly loads: number;
  readonly loadFailures: number;
  /** Failed loads in whose place the last good value was served. */
  readonly servedOnError: number;
  /** Loads begun in the background, before or after the time of an entry. */
  readonly refreshes: number;
  /** Entries in memory, and the bytes they are counted with. */
  readonly entries: number;
  readonly bytes: number;
}

export type Counts = { -readonly [K in Exclude<keyof CacheStats, 'entries' | 'bytes' | 'l2Failures'>]: number };

export function noCounts(): Counts {
  return { hits: 0, staleHits: 0, misses: 0, l2Hits: 0, loads: 0, loadFailures: 0, servedOnError: 0, refreshes: 0 };
}
