/** A setting of the store that is weaker than the kit's guarantees want it. */
export interface DurabilityWarning {
  /** Stable, in kebab-case, for alerts and tests: `redis-appendfsync-everysec`. */
  readonly name: string;
  /** What it means and what to do about it. */
  readonly message: string;
}

/** What a transport found out about its store when it connected: what `publish` resolved is worth, in words. */
export interface Durability {
  /** What has to happen before an event that was acknowledged is lost. One or two sentences for people. */
  readonly published: string;
  readonly warnings: readonly DurabilityWarning[];
}
