import type { CallAttributes } from '@tutti/core';
import type { JournalEntry } from './journal-entry.ts';

/**
 * `queued` waits for the business key that another saga holds; `running` and `compensating` are carried on by whoever claims them;
 * `completed` and `compensated` are over. `compensation_failed` and `stuck` are parked: nothing happens until somebody acts.
 */
export type SagaStatus = (typeof sagaStatuses)[number];

export const sagaStatuses = ['queued', 'running', 'compensating', 'completed', 'compensated', 'compensation_failed', 'stuck'] as const;

/** Over for good: the lease, and the business key, are free again. */
export const isOver = (status: SagaStatus): boolean => status === 'completed' || status === 'compensated';

export const isParked = (status: SagaStatus): boolean => status === 'compensation_failed' || status === 'stuck';

/** What nothing happens to by itself any more. */
export const endStatuses: readonly SagaStatus[] = sagaStatuses.filter((status) => isOver(status) || isParked(status));

/** What somebody asked of a saga from outside, and why. */
export interface SagaRequest {
  readonly verb: 'cancel' | 'retry' | 'skip';
  readonly actor: string;
  readonly reason: string;
  /** The step it is about, where it is about one. */
  readonly step?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What is said of a saga once, when it is started. */
export interface NewSaga {
  readonly id: string;
  readonly saga: string;
  readonly fingerprint: string;
  /** Written by the codec of the orchestrator. Stores keep it as it is. */
  readonly input: string;
  readonly call: CallAttributes;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Milliseconds since the epoch, absolute: from then on it goes forward no more. */
  readonly deadline?: number;
  /** The business key: sagas of one key never overlap. */
  readonly lockKey?: string;
  readonly entries: readonly JournalEntry[];
}

/** One saga as it is kept: its journal is its state. */
export interface SagaRecord extends NewSaga {
  readonly status: SagaStatus;
  /** Rises with every claim, from 1; 0 before the first. */
  readonly fence: number;
  /** In the order of their numbers, without gaps. */
  readonly entries: readonly JournalEntry[];
  /** In the order in which they were asked; those that were answered have an entry `asked` in the journal. */
  readonly asked: readonly SagaRequest[];
  /** It is not claimed before (milliseconds since the epoch, by the store's clock): the end of its lease, or when it wants to go on. */
  readonly dueAt: number;
  /** Who holds it, if anybody. */
  readonly owner?: string;
  readonly endedAt?: number;
}

/** One saga in a list, without its journal. */
export type SagaSummary = Pick<
  SagaRecord,
  'id' | 'saga' | 'status' | 'fingerprint' | 'createdAt' | 'fence' | 'dueAt' | 'owner' | 'endedAt' | 'lockKey'
> & { readonly tenant?: string };
