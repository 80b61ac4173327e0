import type { Page } from '@tutti/core';

/**
 * Why an event was given up:
 * `attempts` every attempt failed; `final` it failed in a way that no further attempt can mend; `schema` what was stored
 * is no event or its data is not valid; `unknown-type` the catalogue of the member that got it does not know it; `version` the
 * catalogue knows no way from its version to the one it has; `no-outcome` its attempts were used up, the last one without a word from its member.
 */
export type DeadReason = 'attempts' | 'final' | 'schema' | 'unknown-type' | 'version' | 'no-outcome';

/** A failure as it is kept: text only. */
export interface Failure {
  readonly message: string;
  /** The code of an error that has one. */
  readonly code?: string;
  readonly stack?: string;
}

/** An event that one subscription gave up. */
export interface DeadLetter {
  readonly id: string;
  readonly group: string;
  readonly pattern: string;
  readonly reason: DeadReason;
  /** The last one. */
  readonly failure: Failure;
  /** How often it was tried: as its member told, or how often it was delivered. */
  readonly attempts: number;
  /** RFC 3339: when the first attempt failed. */
  readonly firstFailedAt: string;
  /** RFC 3339: when it was given up. */
  readonly lastFailedAt: string;
  /** As stored, not validated; the text itself when it is no JSON. */
  readonly event: unknown;
}

export interface DeadLetterQuery {
  readonly group?: string;
  /** At most this many. */
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: string;
}

/** Dead letters are kept until somebody decides (EV-16). */
export interface DeadLetters {
  /** Oldest first. */
  list(query: DeadLetterQuery): Promise<Page<DeadLetter>>;
  /**
   * Gives the events back to the subscriptions that gave them up: same event, attempts counted from 1 again, deliveries with
   * `replayedFrom`, and an inbox does not take them for handled. Says how many there were; ids that are not there, and letters of a forgotten subscription, are left alone.
   */
  replay(ids: readonly string[]): Promise<number>;
  /** Drops them for good. Says how many there were. */
  discard(ids: readonly string[]): Promise<number>;
}
