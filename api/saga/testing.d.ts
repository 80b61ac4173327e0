// @tutti/saga/testing

import { Duration, Statement } from '@tutti/core';
import { FatalWrites, Law, TestRuntime } from '@tutti/core/testing';
import { AnySaga, HistoryEntry, InputOf, NamedSaga, OutputOf, PayloadCodec, SagaBus, SagaDefinition, SagaOrchestrator, SagaStatus, SagaStore, SagaStoreCapabilities, SagaView } from '@tutti/saga';

export interface AroundRun {
  readonly sagas: SagaOrchestrator<any>;
  advance(time: Duration): Promise<void>;
  crash(): Promise<void>;
}

export interface CheckStoreOptions {
  readonly exactTime?: boolean;
}

export interface ExpectedFailure<D> {
  readonly step?: StepOf<D>;
  readonly code?: string;
  readonly message?: RegExp;
}

export type ModelCommand = {
  readonly do: 'create';
  readonly saga: number;
  readonly key?: number;
  readonly holder?: number;
  readonly span: Span;
  readonly whenLocked: 'queue' | 'refuse';
  readonly queued: Span;
  readonly event: boolean;
} | {
  readonly do: 'claim';
  readonly worker: number;
  readonly max: number;
  readonly span: Span;
} | {
  readonly do: 'checkpoint';
  readonly saga: number;
  readonly by: 'holder' | 'zombie' | 'stranger';
  readonly to: 'same' | Exclude<SagaStatus, 'queued'>;
  readonly leave?: 'now' | Span;
  readonly entries: number;
  readonly answers: boolean;
  readonly event: boolean;
} | {
  readonly do: 'again';
  readonly saga: number;
} | {
  readonly do: 'renew';
  readonly worker: number;
  readonly span: Span | 'free';
} | {
  readonly do: 'ask';
  readonly saga: number;
  readonly from: 'open' | 'parked';
} | {
  readonly do: 'forget';
} | {
  readonly do: 'take';
  readonly worker: number;
  readonly max: number;
  readonly span: Span;
} | {
  readonly do: 'drop';
  readonly count: number;
} | {
  readonly do: 'pass';
};

export type SagaStoreLaw = Law<SagaStoreSubject, SagaStoreCapabilities & Readonly<Record<string, boolean>>>;

export interface SagaStoreSubject {
  readonly store: SagaStore;
  readonly leaseMs: number;
  pass(ms: number): Promise<void>;
  another?(): Promise<SagaStore>;
  readonly tx?: SagaStoreTable;
}

export interface SagaStoreTable {
  prepare(): Promise<void>;
  statement(id: string, expectedRows?: number): Statement;
  refused(): Statement;
  ids(): Promise<readonly string[]>;
}

export declare class SagaTest<const S extends readonly AnySaga[]> implements AsyncDisposable {
  #private;
  readonly runtime: TestRuntime;
  readonly store: SagaStore;
  constructor(sagas: S, options?: SagaTestOptions);
  get sagas(): SagaOrchestrator<S>;
  when<N extends S[number]['name']>(name: N, input: InputOf<NamedSaga<S, N>>, options?: {
    readonly id?: string;
  }): Promise<SagaTestRun<NamedSaga<S, N>>>;
  advance(time: Duration): Promise<void>;
  crash(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SagaTestOptions {
  readonly store?: SagaStore;
  readonly bus?: SagaBus;
  readonly codec?: PayloadCodec;
  readonly amnesia?: boolean;
  readonly seed?: number;
}

export declare class SagaTestRun<D extends AnySaga> {
  #private;
  readonly id: string;
  constructor(test: AroundRun, id: string);
  advance(time: Duration): Promise<void>;
  crash(): Promise<void>;
  view(): Promise<SagaView>;
  history(): Promise<readonly HistoryEntry[]>;
  completed(...expected: [
    OutputOf<D>
  ] extends [
    undefined
  ] ? [
  ] : [
    expected: OutputOf<D>
  ]): Promise<void>;
  compensated(expected?: ExpectedFailure<D>): Promise<void>;
  parked(status: 'stuck' | 'compensation_failed', expected?: ExpectedFailure<D>): Promise<void>;
  waiting(reason: 'timer' | 'attempt' | 'key', step?: StepOf<D>): Promise<void>;
  done(steps: readonly StepOf<D>[]): Promise<void>;
  undone(steps: readonly StepOf<D>[]): Promise<void>;
}

export type Span = 'short' | 'long';

export type StepOf<D> = D extends SagaDefinition<string, infer _I, infer _In, infer R, infer _Out> ? keyof R & string : never;

export declare function checkStoreAgainstModel(subject: SagaStoreSubject, commands: readonly ModelCommand[], options?: CheckStoreOptions): Promise<void>;

export declare function crashingStore(store: SagaStore): SagaStore;

export declare function given<const D extends AnySaga>(saga: D, options?: SagaTestOptions): {
  when(input: InputOf<D>, start?: {
    readonly id?: string;
  }): Promise<SagaTestRun<D>>;
};

export declare function namedWrites(store: SagaStore, writes: FatalWrites): SagaStore;

export declare const sagaStoreLaws: readonly SagaStoreLaw[];

export declare function sagaTest<const S extends readonly AnySaga[]>(sagas: S, options?: SagaTestOptions): SagaTest<S>;
