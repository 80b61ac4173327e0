import type { Duration, EventCatalogue } from '@tutti/core';
import type { RetriableOptions, RetriableTxOptions, StepOptions, TxOptions } from './step-options.ts';

/** What of a saga's types stays the same from its first step to its last. */
export interface SagaFrame {
  readonly name: string;
  readonly events: EventCatalogue;
  /** As its schema gives it to the steps. */
  readonly input: unknown;
  /** As whoever starts it gives it. */
  readonly given: unknown;
}

/** Whether a pivot came before: from then on only steps that are tried until they succeed. */
export type Phase = 'before pivot' | 'after pivot';

/** A name that is free; anything else does not compile. */
export type Fresh<S extends string, Used extends string> = S extends Used ? { readonly 'a step of this name exists': S } : S;

/** With the result of one step more. Not flattened: that is what keeps long sagas cheap to compile. */
export type With<R, S extends string, O> = R & { readonly [K in S]: Awaited<O> };

/** What one may know where a step may or may not have run. */
export interface Known<F extends SagaFrame, R> {
  readonly input: F['input'];
  readonly results: R;
}

export type StepOptionsOf<F extends SagaFrame, Ph extends Phase, R, O> = Ph extends 'before pivot'
  ? StepOptions<F['input'], R, O, F['events']>
  : RetriableOptions<F['input'], R, O, F['events']>;

export type TxOptionsOf<F extends SagaFrame, Ph extends Phase, R, O> = Ph extends 'before pivot'
  ? TxOptions<F['input'], R, O, F['events']>
  : RetriableTxOptions<F['input'], R, O, F['events']>;

/** Steps that run side by side: they see what came before all of them (`R`), not each other (`P`). */
export interface Branches<F extends SagaFrame, Ph extends Phase, R, Used extends string, P> {
  step<S extends string, O>(name: Fresh<S, Used> & S, options: StepOptionsOf<F, Ph, R, O>): Branches<F, Ph, R, Used | S, With<P, S, O>>;
}

/** One way of a `when`: its steps see what came before (`R`) and each other (`P`). */
export interface Way<F extends SagaFrame, Ph extends Phase, R, Used extends string, P> {
  step<S extends string, O>(name: Fresh<S, Used> & S, options: StepOptionsOf<F, Ph, R & P, O>): Way<F, Ph, R, Used | S, With<P, S, O>>;
  tx<S extends string, O>(name: Fresh<S, Used> & S, options: TxOptionsOf<F, Ph, R & P, O>): Way<F, Ph, R, Used | S, With<P, S, O>>;
  parallel<Q, U extends string>(
    build: (branches: Branches<F, Ph, R & P, Used, unknown>) => Branches<F, Ph, R & P, U, Q>,
  ): Way<F, Ph, R, U, P & Q>;
  sleep<S extends string>(name: Fresh<S, Used> & S, time: Duration): Way<F, Ph, R, Used | S, P>;
  when<S extends string, Q, U extends string, Q2 = unknown, U2 extends string = never>(
    name: Fresh<S, Used> & S,
    decide: (known: Known<F, R & P>) => boolean,
    then: (way: Way<F, Ph, R & P, Used | S, unknown>) => Way<F, Ph, R & P, U, Q>,
    otherwise?: (way: Way<F, Ph, R & P, U, unknown>) => Way<F, Ph, R & P, U2, Q2>,
  ): Way<F, Ph, R, U | U2, P & Partial<Q> & Partial<Q2>>;
}
