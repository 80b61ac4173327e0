import { type Call, deadlineWheel, type Runtime, readCallAttributes, type Statement } from '@tutti/core';
import type { AnySaga } from '../definition/saga-definition.ts';
import type { StoredEvent } from '../store/saga-outbox.ts';
import type { NewSaga } from '../store/saga-record.ts';
import type { ClaimedSaga, SagaStore } from '../store/saga-store.ts';
import type { EventWriter } from './event-writer.ts';
import { type FirstWrite, Journal } from './journal.ts';
import { Pauses } from './pauses.ts';
import type { PayloadCodec } from './payload-codec.ts';
import type { RunSubject } from './run-subject.ts';
import type { SagaCounter } from './saga-counter.ts';
import { expire } from './saga-run.ts';
import { SagaState } from './saga-state.ts';
import { StepHandlers } from './step-handlers.ts';
import type { StoreTime } from './store-time.ts';

export interface SubjectParts {
  readonly store: SagaStore;
  readonly worker: string;
  readonly runtime: Runtime;
  readonly time: StoreTime;
  readonly codec: PayloadCodec;
  readonly events: EventWriter;
  readonly counter: SagaCounter;
  readonly onEvents: () => void;
  readonly outbox?: (events: readonly StoredEvent[]) => Promise<readonly Statement[]>;
  /** Waits up to this long do not give a saga back. */
  readonly holdMs: number;
  readonly amnesia: boolean;
}

/** A saga that is to be carried on: as it was claimed, or as it is to be made by its first write. */
export type Subjectable = Pick<NewSaga, 'id' | 'input' | 'call' | 'deadline' | 'entries'> &
  Partial<Pick<ClaimedSaga, 'status' | 'fence' | 'takenFrom'>>;

/** Makes what a run works with. */
export class SubjectMaker {
  readonly #parts: SubjectParts;
  readonly #handlers = new Map<AnySaga, StepHandlers>();

  constructor(parts: SubjectParts) {
    this.#parts = parts;
  }

  make(saga: AnySaga, record: Subjectable, firstWrite?: FirstWrite): RunSubject {
    const { store, worker, runtime, time, codec, events, counter, outbox, onEvents, holdMs, amnesia } = this.#parts;
    const { id, entries, deadline, fence = 1, status = 'running' } = record;
    const call = readCallAttributes(record.call, runtime).detach();
    const state = new SagaState(codec, entries);
    const journal = new Journal({
      id,
      fence,
      worker,
      // the journal knows better than a status that a write may have brought which came late
      status: status === 'running' && state.isGoingBack ? 'compensating' : status,
      entries,
      store,
      time,
      state,
      call,
      onEvents,
      ...(firstWrite && { firstWrite }),
      ...(outbox && { outbox }),
    });
    return {
      saga,
      input: codec.decode(record.input),
      handlers: this.#handlersOf(saga),
      journal,
      state,
      time,
      pauses: new Pauses(time, holdMs),
      codec,
      events,
      counter,
      call,
      forward: call.child(),
      isTakenOver: record.takenFrom !== undefined,
      amnesia,
      ...(deadline !== undefined && { deadline }),
    };
  }

  #handlersOf(saga: AnySaga): StepHandlers {
    const handlers = this.#handlers.get(saga) ?? new StepHandlers(saga.name);
    this.#handlers.set(saga, handlers);
    return handlers;
  }
}

/** Ends the way forward of a saga when its time is over. The returned function ends the watch. */
export function watchDeadline(subject: RunSubject & { readonly call: Call }): () => void {
  const { deadline, time, call } = subject;
  if (deadline === undefined) return () => {};
  const { clock } = call.runtime;
  const pending = deadlineWheel(clock).at(clock.now() + time.until(deadline), () => expire(subject));
  return () => pending.cancel();
}
