/** A shared map of bytes with expiry. Reads see every write that was acknowledged before them. */
export interface KeyValue {
  get(key: string): Promise<Uint8Array | undefined>;
  /** Replaces. Gone after `ttlMs`, never much later. */
  set(key: string, value: Uint8Array, ttlMs: number): Promise<void>;
  /** Writes only where there is nothing; says whether it did. Of any number at once, one does. */
  setIfAbsent(key: string, value: Uint8Array, ttlMs: number): Promise<boolean>;
  delete(key: string): Promise<void>;
}
