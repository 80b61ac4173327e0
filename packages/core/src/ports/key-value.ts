/**
 * A shared map of bytes with expiry. Every read sees all writes that were acknowledged before it. Keys are well-formed text of 1 to
 * 1,024 characters; the bytes are the caller's own, before and after: what is done to them later changes nothing stored.
 *
 * @throws INVALID_ARGUMENT for a bad key, value or time; STORE_UNAVAILABLE while the store is away or full, where a write
 * may have been done if its failure is not of class `unreachable`.
 */
export interface KeyValue {
  get(key: string): Promise<Uint8Array | undefined>;
  /** Replaces. Gone after `ttlMs`, never later than a read can see. */
  set(key: string, value: Uint8Array, ttlMs: number): Promise<void>;
  /** Writes only where there is nothing; says whether it did. Of any number at once, one does. */
  setIfAbsent(key: string, value: Uint8Array, ttlMs: number): Promise<boolean>;
  delete(key: string): Promise<void>;
}
