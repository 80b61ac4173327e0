/** The exclusive right to something, until it runs out. */
export interface HeldLease {
  readonly name: string;
  /** Rises with every holder: whoever writes under a lease sends it along, and a store refuses a smaller one than it has seen. */
  readonly fence: number;
  /** Aborted before anybody else can hold the lease: when it could not be renewed in time, or was released. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

/** Leadership and locks between processes. */
export interface Lease {
  /** The lease if nobody holds it, at once. It is renewed until released or lost. */
  tryAcquire(name: string, ttlMs: number): Promise<HeldLease | undefined>;
}
