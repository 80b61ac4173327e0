import type { Call, EventCatalogue, EventDraftOf } from '@tutti/core';
import type { Failure } from '../store/journal-entry.ts';

/** What a step is given. */
export interface StepContext<I, R, C extends EventCatalogue = EventCatalogue> {
  readonly input: I;
  /** Results of the steps before, by name. */
  readonly results: R;
  readonly sagaId: string;
  /** The same for every attempt, restart and take-over of this step: hand it to whatever has effects. */
  readonly idempotencyKey: string;
  /** Rises with every take-over: a service that remembers the highest can refuse a worker that lost its lease. */
  readonly fence: number;
  /** From 1, restarts included. */
  readonly attempt: number;
  /** Cancelled when the attempt is over time, a parallel step failed, or the worker must stop. */
  readonly call: Call;
  readonly signal: AbortSignal;
  /** Says an event together with the outcome, in one commit: it is out exactly when this attempt is what the saga goes on with. */
  publish(draft: EventDraftOf<C>): void;
}

/** What is known of a step that is to be undone. */
export interface UndoContext<I, R, O, C extends EventCatalogue = EventCatalogue> extends Omit<StepContext<I, R, C>, 'results'> {
  readonly results: Partial<R>;
  /** What the step returned; only with the outcome `done`. */
  readonly result: O | undefined;
  /**
   * `done`: it returned. `failed`: every attempt ended with an error of its own.
   * `unknown`: an attempt was cut off by a crash, a timeout or a cancellation, so its effect may be there or not.
   */
  readonly outcome: 'done' | 'failed' | 'unknown';
  /** Why the saga is undone. */
  readonly failure: Failure & { readonly step: string };
}
