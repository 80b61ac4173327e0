import type { Statement } from '@tutti/core';

/** What a handler may want to know and do beside its event. */
export interface EventDelivery {
  /** From 1. */
  readonly attempt: number;
  /** The dead letter that this delivery was replayed from. */
  readonly replayedFrom: string | undefined;
  /**
   * Writes an effect and the memory that this event was handled in one commit of one database: so the effect happens exactly once, whatever is
   * killed or repeated. The statements go to the database of the transport (SQLite), or to that of the inbox which the subscription was given.
   * At most once a delivery; what the handler does afterwards can no longer fail the event.
   * @throws MESSAGING_ALREADY_HANDLED when another delivery of the event did so before, MESSAGING_LEASE_LOST when this one is no longer this member's, WRITE_CONFLICT of the statements' own:
   * nothing was written. CAPABILITY_MISSING where there is no such database.
   */
  commit(statements: readonly Statement[]): Promise<void>;
}

/** How a delivery reaches a database: true when it was written, false when it was too late. */
export type Commit = (statements: readonly Statement[]) => Promise<boolean>;
