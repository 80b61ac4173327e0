import type { Backoff, Call, Duration } from '@tutti/core';
import type { Failure } from '../store/saga-record.ts';

/** What a step is given. */
export interface StepContext<I, R> {
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
}

/** What is known of a step that is to be undone. */
export interface UndoContext<I, R, O> extends Omit<StepContext<I, Partial<R>>, 'results'> {
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

export interface StepRetry {
  /** Attempts in total, the first included. */
  readonly maxAttempts: number;
  readonly backoff: Backoff;
}

export interface StepOptions<I, R, O> {
  readonly run: (context: StepContext<I, R>) => O | Promise<O>;
  /** Armed before the step runs. May be called more than once and must not mind. Comes after `run`, whose type it needs. */
  readonly compensate?: (context: UndoContext<I, R, NoInfer<O>>) => unknown;
  /** @defaultValue 5 attempts from 200 ms to 10 s */
  readonly retry?: StepRetry;
  /** For one attempt. @defaultValue '1m' */
  readonly timeout?: Duration;
}

/** A step as the engine runs it, without its types. */
export interface StepNode {
  readonly kind: 'step';
  readonly name: string;
  readonly run: (context: StepContext<unknown, unknown>) => unknown;
  readonly compensate?: (context: UndoContext<unknown, unknown, unknown>) => unknown;
  readonly retry: StepRetry;
  readonly timeout: Duration;
}

export interface ParallelNode {
  readonly kind: 'parallel';
  readonly steps: readonly StepNode[];
}

export type Node = StepNode | ParallelNode;

export const stepsOf = (node: Node): readonly StepNode[] => (node.kind === 'step' ? [node] : node.steps);
