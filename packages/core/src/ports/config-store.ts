/** One value of one key. Revisions of a key rise by one. */
export interface ConfigEntry {
  readonly key: string;
  readonly value: unknown;
  readonly revision: number;
  readonly actor: string;
  /** RFC 3339. */
  readonly changedAt: string;
}

/** Shared configuration with history. Values are JSON. */
export interface ConfigStore {
  get(key: string): Promise<ConfigEntry | undefined>;
  /**
   * Writes only if the key is at `expectedRevision` (0: does not exist yet). Durable when it resolves.
   * @throws a typed conflict that carries the current revision.
   */
  put(key: string, value: unknown, expectedRevision: number, actor: string): Promise<ConfigEntry>;
  /** Newest first. */
  history(key: string, limit: number): Promise<readonly ConfigEntry[]>;
  /** Writes an earlier value as a new revision. */
  rollback(key: string, toRevision: number, actor: string): Promise<ConfigEntry>;
  /** Hears the current entry and then each later one, in order, possibly skipping to the latest. The last good value stays when the store is away. */
  watch(key: string, listener: (entry: ConfigEntry) => void): () => void;
}
