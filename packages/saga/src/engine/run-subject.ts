import type { Call } from '@tutti/core';
import type { AnySaga } from '../definition/saga-definition.ts';
import type { EventWriter } from './event-writer.ts';
import type { Journal } from './journal.ts';
import type { Pauses } from './pauses.ts';
import type { PayloadCodec } from './payload-codec.ts';
import type { SagaCounter } from './saga-counter.ts';
import type { SagaState } from './saga-state.ts';
import type { StepHandlers } from './step-handlers.ts';
import type { StoreTime } from './store-time.ts';

/** Everything a run of one saga works with. */
export interface RunSubject {
  readonly saga: AnySaga;
  readonly input: unknown;
  readonly handlers: StepHandlers;
  readonly journal: Journal;
  readonly state: SagaState;
  readonly time: StoreTime;
  readonly pauses: Pauses;
  readonly codec: PayloadCodec;
  readonly events: EventWriter;
  readonly counter: SagaCounter;
  /** Cancelled when the worker may no longer act for this saga. */
  readonly call: Call;
  /** A child of `call`, cancelled too when the saga is to go forward no more: by request, or because its time is over. */
  readonly forward: Call;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly deadline?: number;
  /**
   * The lease of another worker ran out: what it was doing may have killed it. What is begun now is noted even where it needs no intent, so that
   * what goes silent again and again is counted, by whoever comes next.
   */
  readonly isTakenOver: boolean;
  /** Leaves the process after every outcome, for tests. */
  readonly amnesia: boolean;
}
