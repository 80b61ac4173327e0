/**
 * What happened since the last delta of the same replica. Deltas merge to the same totals in any order, and one that
 * comes twice is recognised by `replica` + `sequence`.
 */
export interface OutcomeDelta {
  /** Names one life of one replica: a restart has another name, so that its sequence can begin anew. */
  readonly replica: string;
  /** 1, 2, 3 and so on within `replica`, without gaps, across services and versions. */
  readonly sequence: number;
  readonly serviceName: string;
  /** '' for endpoints that name none. */
  readonly version: string;
  /** The revision of the traffic plan that the requests followed; 0 without one. */
  readonly planRevision: number;
  /**
   * True for requests that the weights of the plan gave to the version. Only these may be compared between versions: what rules send to
   * a canary, or what spills from a version without endpoints, is another traffic than its share.
   */
  readonly assigned: boolean;
  readonly ok: number;
  readonly errors: number;
  /** Counts per bucket; bucket i holds latencies up to 2^i ms that no bucket before it holds. The last one has no upper end. */
  readonly latencyBuckets: readonly number[];
  /**
   * The bucketing units of requests that failed, each once, as 32-bit hashes, ascending; absent where the plan has no unit. Failures of one user come in
   * clumps, so who judges a split by unit counts each unit once. `cut`: there were more than are named.
   */
  readonly failedUnits?: { readonly hashes: readonly number[]; readonly cut: boolean };
}

/** Outcomes of calls, as the routers themselves saw them. */
export interface OutcomeStream {
  /** Hears every delta from now on until the returned function is called. What the listener throws is logged. */
  watchOutcomes(listener: (delta: OutcomeDelta) => void): () => void;
}
