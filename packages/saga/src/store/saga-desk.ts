import type { Page, PageRequest } from '@tutti/core';
import type { SagaRecord, SagaRequest, SagaStatus, SagaSummary } from './saga-record.ts';

export interface SagaQuery extends PageRequest {
  readonly saga?: string;
  readonly status?: SagaStatus;
  /** Only sagas whose call carried this tenant. */
  readonly tenant?: string;
}

/** How the sagas of one name and status stand, over all workers. */
export interface SagaCount {
  readonly saga: string;
  readonly status: SagaStatus;
  readonly count: number;
}

export interface SagaStats {
  /** Only names and statuses that occur. Sagas that are over may be counted up to a bound that the store names. */
  readonly counts: readonly SagaCount[];
  /** How long the one that could have been claimed longest has waited, 0 when none waits. */
  readonly oldestDueMs: number;
  /** Events in the outbox. */
  readonly unpublished: number;
}

/** What a request can make of a saga: it is carried on, and whoever claims it writes how it ends. */
export type OpenedStatus = 'running' | 'compensating';

/** The side of a store that people and tools use. */
export interface SagaDesk {
  load(id: string): Promise<SagaRecord | undefined>;
  /**
   * Of these ids, 500 at most, those whose saga is over or parked, and those that no saga has: nobody has to wait for them any longer. So that many who
   * wait ask once.
   */
  ended(ids: readonly string[]): Promise<readonly string[]>;
  /** The newest first, by creation and id. `next` of a page is given back as `after`. */
  list(query: SagaQuery): Promise<Page<SagaSummary>>;
  stats(): Promise<SagaStats>;
  /**
   * Keeps a request of a saga if its status is one of `from`, and then gives it the status `to`, if there is one; a saga that nobody holds
   * can be claimed at once. Gives the status that it had; undefined when there is no such saga. A status outside `from`, or one that is over,
   * means: nothing was kept.
   */
  ask(id: string, request: SagaRequest, from: readonly SagaStatus[], to?: OpenedStatus): Promise<SagaStatus | undefined>;
  /** Removes at most `max` sagas that were over before that time (milliseconds since the epoch); gives how many. */
  forget(before: number, max: number): Promise<number>;
  /** Calls back after something changed that a worker or a waiting caller may care for. May ring without need, once for many changes. */
  watch(listener: () => void): () => void;
}
