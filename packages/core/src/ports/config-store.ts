/** One value of one key, frozen to the bottom. Revisions of a key are 1, 2, 3 and so on, and never go back. */
export interface ConfigEntry {
  readonly key: string;
  readonly value: unknown;
  readonly revision: number;
  readonly actor: string;
  /** RFC 3339, by the clock of the store; it may step back where revisions do not. */
  readonly changedAt: string;
}

/**
 * Shared configuration with history. Values are JSON; what JSON cannot say is refused, not changed. There is no delete: a key that was
 * deleted would begin at revision 1 again and take in a writer who has slept since; write `null`, or whatever means "off".
 */
export interface ConfigStore {
  get(key: string): Promise<ConfigEntry | undefined>;
  /**
   * Writes only if the key is at `expectedRevision` (0: does not exist yet); of any number at once, one does. As durable when it resolves
   * as the store is.
   * @throws CONFIG_CONFLICT with the current revision; nothing was written.
   * @throws INVALID_ARGUMENT for what is no JSON, too large, or no revision, naming the path.
   */
  put(key: string, value: unknown, expectedRevision: number, actor: string): Promise<ConfigEntry>;
  /** Newest first, the current one included; at most `limit` (1 to 1,000), and no more than the store keeps. */
  history(key: string, limit: number): Promise<readonly ConfigEntry[]>;
  /**
   * Writes an earlier value as a new revision, whatever the current one is.
   * @throws INVALID_ARGUMENT naming `toRevision` when the history does not hold it (any more).
   */
  rollback(key: string, toRevision: number, actor: string): Promise<ConfigEntry>;
  /**
   * Hears the current entry and then each later one, in order of their revisions, each at most once, possibly skipping to the latest; nothing
   * before there is one. First called after `watch` has returned, and never again once the returned function was called. The last good value
   * stays when the store is away, and what was written meanwhile follows when it is back. A listener that throws is logged and stops nobody else.
   */
  watch(key: string, listener: (entry: ConfigEntry) => void): () => void;
}
