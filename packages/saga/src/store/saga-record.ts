import type { CallAttributes } from '@tutti/core';

/** An error as it is kept: what a person and a program need of it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** Those of the error, when it was one of the kit and they are small. */
  readonly details?: unknown;
}

/** `compensation_failed` is parked: nothing happens until somebody acts. */
export type SagaStatus = 'running' | 'compensating' | 'completed' | 'compensated' | 'compensation_failed';

export const isFinal = (status: SagaStatus): boolean => status !== 'running' && status !== 'compensating';

export type StepStatus = 'intended' | 'done' | 'failed' | 'undoing' | 'undone' | 'undo_failed';

/** Where one step stands. */
export interface StepRecord {
  readonly step: string;
  /** The order in which intents were made, from 1. Undo goes the other way. */
  readonly order: number;
  readonly status: StepStatus;
  readonly attempts: number;
  readonly undoAttempts: number;
  /** An attempt was cut off, so nobody knows whether it had its effect. */
  readonly ambiguous: boolean;
  /** JSON; present once done. */
  readonly result?: string;
  readonly failure?: Failure;
  /** The next attempt is not made before (milliseconds since the epoch). */
  readonly wakeAt?: number;
}

/** What happened, in order. */
export interface HistoryEntry {
  readonly at: number;
  readonly worker: string;
  readonly fence: number;
  readonly what:
    | 'started'
    | 'intent'
    | 'done'
    | 'attempt-failed'
    | 'failed'
    | 'undo-intent'
    | 'undone'
    | 'undo-attempt-failed'
    | 'undo-failed'
    | 'completed'
    | 'compensating'
    | 'compensated'
    | 'compensation-failed';
  readonly step?: string;
  readonly attempt?: number;
  readonly failure?: Failure;
}

/** One saga as it is kept. */
export interface SagaRecord {
  readonly id: string;
  readonly saga: string;
  readonly fingerprint: string;
  /** JSON. */
  readonly input: string;
  readonly call: CallAttributes;
  readonly status: SagaStatus;
  /** Why it is or was undone, and which step failed. */
  readonly failure?: Failure & { readonly step: string };
  readonly createdAt: number;
  readonly fence: number;
  readonly steps: readonly StepRecord[];
}

export type NewSaga = Pick<SagaRecord, 'id' | 'saga' | 'fingerprint' | 'input' | 'call' | 'createdAt'>;
