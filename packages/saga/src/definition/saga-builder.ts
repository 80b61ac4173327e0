import type { CloudEvent, DataOf, Duration, EventType } from '@tutti/core';
import type { Branches, Fresh, Known, Phase, SagaFrame, StepOptionsOf, TxOptionsOf, Way, With } from './branches.ts';
import type { SagaDefinition } from './saga-definition.ts';
import type { PivotOptions } from './step-options.ts';

/** A saga that gets more. Each call makes a new one and leaves the old one as it is. */
interface Growing<F extends SagaFrame, Ph extends Phase, R, Used extends string> {
  /** Runs after everything before it. */
  step<S extends string, O>(name: Fresh<S, Used> & S, options: StepOptionsOf<F, Ph, R, O>): Grown<F, Ph, With<R, S, O>, Used | S>;
  /** A step whose only effects are statements for the database of the store, committed together with its outcome: exactly once. */
  tx<S extends string, O>(name: Fresh<S, Used> & S, options: TxOptionsOf<F, Ph, R, O>): Grown<F, Ph, With<R, S, O>, Used | S>;
  /** Runs its steps side by side. When one fails for good the others are cancelled, and all are undone as one. */
  parallel<P, U extends string>(build: (branches: Branches<F, Ph, R, Used, unknown>) => Branches<F, Ph, R, U, P>): Grown<F, Ph, R & P, U>;
  /** Goes on after this time by the clock of the store, whatever is restarted meanwhile. */
  sleep<S extends string>(name: Fresh<S, Used> & S, time: Duration): Grown<F, Ph, R, Used | S>;
  /** Goes one way or the other. Decided once: the decision outlives restarts. Afterwards the results of both ways may be missing. */
  when<S extends string, P, U extends string, P2 = unknown, U2 extends string = never>(
    name: Fresh<S, Used> & S,
    decide: (known: Known<F, R>) => boolean,
    then: (way: Way<F, Ph, R, Used | S, unknown>) => Way<F, Ph, R, U, P>,
    otherwise?: (way: Way<F, Ph, R, U, unknown>) => Way<F, Ph, R, U2, P2>,
  ): Grown<F, Ph, R & Partial<P> & Partial<P2>, U | U2>;
}

interface BeforePivot<F extends SagaFrame, R, Used extends string> {
  /**
   * The step that decides: until it is done everything can be undone, afterwards the saga only goes forward, with steps of the kind
   * `retriable`. One in a saga. With `tx: true` its effects are statements for the database of the store, committed together with its outcome.
   */
  pivot<S extends string, O>(
    name: Fresh<S, Used> & S,
    options: PivotOptions<F['input'], R, O, F['events']>,
  ): Grown<F, 'after pivot', With<R, S, O>, Used | S>;
}

interface Finished<F extends SagaFrame, R> extends SagaDefinition<F['name'], F['input'], F['given'], R, undefined> {
  /** What the saga gives when it is completed. */
  returns<Out>(output: (known: Known<F, R>) => Out): SagaDefinition<F['name'], F['input'], F['given'], R, Out>;
}

/** Begins a saga whenever the event arrives: once for each identity (source and id), however often it is delivered. */
type StartOn<F extends SagaFrame, Self> = <T extends EventType<F['events']>>(
  type: T,
  input: (event: CloudEvent<T, DataOf<F['events'], T>>) => F['given'],
) => Self;

type Grown<F extends SagaFrame, Ph extends Phase, R, Used extends string> = Ph extends 'before pivot'
  ? SagaBuilder<F, R, Used>
  : ForwardBuilder<F, R, Used>;

/** A saga without steps, which cannot be started yet. */
export interface EmptySaga<F extends SagaFrame> extends Growing<F, 'before pivot', unknown, never>, BeforePivot<F, unknown, never> {
  readonly startOn: StartOn<F, EmptySaga<F>>;
}

/** A saga that may get more, and can be used as it is. */
export interface SagaBuilder<F extends SagaFrame, R, Used extends string>
  extends Growing<F, 'before pivot', R, Used>,
    BeforePivot<F, R, Used>,
    Finished<F, R> {
  readonly startOn: StartOn<F, SagaBuilder<F, R, Used>>;
}

/** A saga after its pivot: what comes now is tried until it succeeds, and nothing is undone any more. */
export interface ForwardBuilder<F extends SagaFrame, R, Used extends string> extends Growing<F, 'after pivot', R, Used>, Finished<F, R> {
  readonly startOn: StartOn<F, ForwardBuilder<F, R, Used>>;
}
