/** A setting of a store that is weaker than the kit's guarantees want it. */
export interface DurabilityWarning {
  /** Stable, in kebab-case, for alerts and tests: `postgres-synchronous-commit-off`. */
  readonly name: string;
  /** What it means and what to do about it. */
  readonly message: string;
}

/** What was found out about a store when it was opened: what its acknowledgement is worth, in words. */
export interface Durability {
  /** What has to happen before something that was acknowledged is lost. One or two sentences for people. */
  readonly acknowledged: string;
  readonly warnings: readonly DurabilityWarning[];
}
