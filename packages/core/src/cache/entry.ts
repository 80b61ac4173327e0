/** A tag of an entry and its version when the load began; none when it could not be learnt. */
export interface TagMark {
  readonly tag: string;
  readonly version: string | undefined;
}

/** What a load left behind, as this process keeps it. Times are milliseconds of the runtime's monotonic clock. */
export interface Entry {
  /** The value that all readers share, or the bytes that each decodes for itself. */
  readonly held: { readonly value: unknown } | { readonly bytes: Uint8Array };
  /** When its load began: what was invalidated before is not in it. Minus infinity when another process loaded it. */
  readonly provenAt: number;
  /** When its load ended, here or in another process. */
  readonly madeAt: number;
  readonly freshUntil: number;
  /** Until then it is served while a newer one is loaded. */
  readonly staleUntil: number;
  /** Until then it is served when loading fails. */
  readonly fallbackUntil: number;
  /** After a failed load it is served until then without another try. */
  readonly retryAt: number;
  readonly loadMs: number;
  readonly marks: readonly TagMark[];
}

/** How an entry may be used at `now`, its tags aside. A `resting` one is stale, and not loaded anew because that has just failed. */
export type Freshness = 'fresh' | 'resting' | 'stale' | 'fallback' | 'dead';

export function freshness(entry: Entry, now: number): Freshness {
  if (now < entry.freshUntil) return 'fresh';
  if (now >= Math.max(entry.staleUntil, entry.fallbackUntil)) return 'dead';
  if (now < entry.retryAt) return 'resting';
  return now < entry.staleUntil ? 'stale' : 'fallback';
}

/** Whether a reader gets it without waiting. */
export function isServed(entry: Entry, now: number): boolean {
  const how = freshness(entry, now);
  return how !== 'fallback' && how !== 'dead';
}

/** Milliseconds for which an entry stays fresh and may be used afterwards. */
export interface Lifetime {
  readonly freshMs: number;
  readonly staleMs: number;
  readonly fallbackMs: number;
}

export function ends(from: number, life: Lifetime): Pick<Entry, 'madeAt' | 'freshUntil' | 'staleUntil' | 'fallbackUntil'> {
  const freshUntil = from + life.freshMs;
  return { madeAt: from, freshUntil, staleUntil: freshUntil + life.staleMs, fallbackUntil: freshUntil + life.fallbackMs };
}
