import type { Duration, EventCatalogue } from '@tutti/core';
import type { StepRetry, TxWriter } from './node.ts';
import type { StepContext, UndoContext } from './step.ts';

/** How long and how often something is tried. */
export interface AttemptOptions {
  /** @defaultValue 5 attempts from 200 ms to 10 s; after the pivot about a day of attempts, as for an undo */
  readonly retry?: StepRetry;
  /** For one attempt. @defaultValue '1m' */
  readonly timeout?: Duration;
  /** For all attempts together, pauses included. @defaultValue no bound but `retry` */
  readonly totalTimeout?: Duration;
}

export interface UndoOptions {
  /** @defaultValue about a day of attempts, from 1 s to 5 m */
  readonly undoRetry?: StepRetry;
  /** For one attempt to undo. @defaultValue '1m' */
  readonly undoTimeout?: Duration;
}

/** A step that is undone when the saga fails. */
export interface UndoableOptions<I, R, O, C extends EventCatalogue> extends AttemptOptions, UndoOptions {
  readonly run: (context: StepContext<I, R, C>) => O | Promise<O>;
  /** Armed before the step runs. May be called more than once and must not mind. Comes after `run`, whose type it needs. */
  readonly compensate?: (context: UndoContext<I, R, NoInfer<O>, C>) => unknown;
  readonly intent?: never;
}

/** A step without any effect outside: it needs no durable intent, which saves a write, and there is nothing to undo. */
export interface PureOptions<I, R, O, C extends EventCatalogue> extends AttemptOptions {
  readonly run: (context: StepContext<I, R, C>) => O | Promise<O>;
  readonly intent: false;
}

export type StepOptions<I, R, O, C extends EventCatalogue> = UndoableOptions<I, R, O, C> | PureOptions<I, R, O, C>;

interface WithTx {
  /** Takes statements for the database of the store. They are committed together with the outcome of the step, or not at all. */
  readonly tx: TxWriter;
}

interface PlainPivotOptions<I, R, O, C extends EventCatalogue> extends AttemptOptions {
  readonly run: (context: StepContext<I, R, C>) => O | Promise<O>;
  readonly tx?: never;
}

/** A pivot whose effects are all in the database of the store: committed together with the note that there is no way back, so that it is never in doubt. */
interface TxPivotOptions<I, R, O, C extends EventCatalogue> extends AttemptOptions {
  readonly run: (context: StepContext<I, R, C> & WithTx) => O | Promise<O>;
  readonly tx: true;
}

/** The step after which the saga only goes forward. When it fails for good, what came before is undone. */
export type PivotOptions<I, R, O, C extends EventCatalogue> = PlainPivotOptions<I, R, O, C> | TxPivotOptions<I, R, O, C>;

/** A step after the pivot: tried until it succeeds, never undone. */
export interface RetriableOptions<I, R, O, C extends EventCatalogue> extends AttemptOptions {
  readonly kind: 'retriable';
  readonly run: (context: StepContext<I, R, C>) => O | Promise<O>;
  /** `false` for a step without any effect outside: it saves a write. @defaultValue true */
  readonly intent?: false;
}

/** A step whose effects are all in the database of the store: they happen exactly once, whatever crashes, without any idempotency key. */
export interface TxOptions<I, R, O, C extends EventCatalogue> extends AttemptOptions, UndoOptions {
  readonly run: (context: StepContext<I, R, C> & WithTx) => O | Promise<O>;
  /** Its statements are committed together with the note that the step is undone. Comes after `run`, whose type it needs. */
  readonly compensate?: (context: UndoContext<I, R, NoInfer<O>, C> & WithTx) => unknown;
}

/** The same after the pivot. */
export interface RetriableTxOptions<I, R, O, C extends EventCatalogue> extends AttemptOptions {
  readonly kind: 'retriable';
  readonly run: (context: StepContext<I, R, C> & WithTx) => O | Promise<O>;
}
