import type { Call } from '@tutti/core';
import type { SagaStatus } from '../store/saga-record.ts';
import type { RunSubject } from './run-subject.ts';
import type { SagaState } from './saga-state.ts';

/** Where a run has left its saga. */
export interface Ending {
  readonly status: SagaStatus;
  readonly state: SagaState;
}

/** A saga that this worker carries on. */
export interface Held {
  readonly id: string;
  readonly fence: number;
  readonly call: Call;
  readonly subject: RunSubject;
  /** Monotonic: from then on the worker must not act for it, because another may. */
  safeUntil: number;
  /** Resolves when the run has ended in whatever way; undefined when it was given up. */
  ended: Promise<Ending | undefined>;
}
