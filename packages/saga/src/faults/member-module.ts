import type { Statement } from '@tutti/core';
import type { SagaStore } from '../store/saga-store.ts';

/** What a worker process needs of you: the store that is to be tried. */
export interface MemberParts {
  readonly store: SagaStore;
  /** Of a store with the capability `transactional`: a table in its database that a step writes without any key. */
  readonly bookings?: Bookings;
  /** Ends what the store does not own; called when the worker has stopped. */
  dispose?(): Promise<void>;
}

export interface Bookings {
  /** Makes the table; called when the store is open, by every worker. */
  prepare(): Promise<void>;
  insert(saga: string): Statement;
  remove(saga: string): Statement;
  /** The saga of every row. */
  list(): Promise<readonly string[]>;
}

/** The default export of the module that a plan names. Every worker process calls it once with the plan's `config`, and so does the process that judges. */
export type MakeMember<C> = (config: C) => MemberParts | Promise<MemberParts>;
