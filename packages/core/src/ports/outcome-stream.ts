/**
 * What happened since the last delta of the same replica. Deltas merge to the same totals in any order, and one that
 * comes twice is recognised by `replica` + `sequence`.
 */
export interface OutcomeDelta {
  readonly replica: string;
  readonly sequence: number;
  readonly serviceName: string;
  readonly version: string;
  readonly planRevision: number;
  readonly ok: number;
  readonly errors: number;
  /** Counts per bucket; bucket i holds latencies up to 2^i ms. */
  readonly latencyBuckets: readonly number[];
}

/** Outcomes of calls, as the routers themselves saw them. */
export interface OutcomeStream {
  /** Hears every delta from now on until the returned function is called. */
  watchOutcomes(listener: (delta: OutcomeDelta) => void): () => void;
}
