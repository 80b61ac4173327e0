/** The exclusive right to something, until it runs out. */
export interface HeldLease {
  readonly name: string;
  /** Rises with every holder: whoever writes under a lease sends it along, and a store refuses a smaller one than it has seen. */
  readonly fence: number;
  /**
   * False from a moment before anybody else can hold the lease, on this process's own clock: exact also right after the process
   * was stopped or its event loop stalled, when `signal` has not been aborted yet.
   */
  readonly held: boolean;
  /** Aborted when the lease could not be renewed in time (LEASE_LOST), or was released. */
  readonly signal: AbortSignal;
  /** Gives it back: somebody else may hold it at once. Never throws; where the store is away it runs out by itself. */
  release(): Promise<void>;
}

/** Leadership and locks between processes. */
export interface Lease {
  /**
   * The lease if nobody holds it, at once. It is renewed every third of `ttlMs` until released or lost, and runs out `ttlMs` after the last
   * renewal: so long nobody can take over from a process that died.
   * @throws INVALID_ARGUMENT; STORE_UNAVAILABLE, and then it is not held.
   */
  tryAcquire(name: string, ttlMs: number): Promise<HeldLease | undefined>;
}
