/** What a store does for leases. Owners are random, so that each acquisition has one of its own. */
export interface LeaseTable {
  /** A fence above all earlier ones of the name, if nobody holds it; undefined if somebody does. */
  acquire(name: string, owner: string, ttlMs: number): Promise<number | undefined>;
  /** False when the owner does not hold it any more. */
  renew(name: string, owner: string, ttlMs: number): Promise<boolean>;
  /** A no-op for an owner who does not hold it. */
  release(name: string, owner: string): Promise<void>;
}
