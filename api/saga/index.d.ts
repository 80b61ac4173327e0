// @tutti/saga

import { StandardSchemaV1 } from '@standard-schema/spec';
import { Backoff, Call, CallAttributes, Component, ComponentState, Duration, ErrorSpec, EventCatalogue, Health, Runtime, TuttiError } from '@tutti/core';

export type AnySaga = SagaDefinition<string, any, any, any, unknown>;

export interface Branches<I, R, P> {
  step<S extends string, O>(name: Fresh<S, R & P> & S, options: StepOptions<I, R, O>): Branches<I, R, With<P, S, O>>;
}

export interface Checkpoint {
  readonly name: string;
  readonly id: string;
  readonly worker: string;
  readonly fence: number;
  readonly status: SagaStatus;
  readonly failure?: SagaRecord['failure'];
  readonly steps: readonly StepRecord[];
  readonly entries: readonly HistoryEntry[];
}

export interface ClaimRequest {
  readonly worker: string;
  readonly leaseMs: number;
  readonly max: number;
  readonly known: readonly {
    readonly saga: string;
    readonly fingerprint: string;
  }[];
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

export interface HistoryEntry {
  readonly at: number;
  readonly worker: string;
  readonly fence: number;
  readonly what: 'started' | 'intent' | 'done' | 'attempt-failed' | 'failed' | 'undo-intent' | 'undone' | 'undo-attempt-failed' | 'undo-failed' | 'completed' | 'compensating' | 'compensated' | 'compensation-failed';
  readonly step?: string;
  readonly attempt?: number;
  readonly failure?: Failure;
}

export type NewSaga = Pick<SagaRecord, 'id' | 'saga' | 'fingerprint' | 'input' | 'call' | 'createdAt'>;

export interface SagaBuilder<N extends string, I, In, R> extends SagaDefinition<N, I, In, R, undefined> {
  step<S extends string, O>(name: Fresh<S, R> & S, options: StepOptions<I, R, O>): SagaBuilder<N, I, In, With<R, S, O>>;
  parallel<P>(build: (branches: Branches<I, R, unknown>) => Branches<I, R, P>): SagaBuilder<N, I, In, R & P>;
  returns<Out>(output: (context: {
    readonly input: I;
    readonly results: R;
  }) => Out): SagaDefinition<N, I, In, R, Out>;
}

export interface SagaDefinition<N extends string, I, In, R, Out> {
  readonly name: N;
  readonly input: StandardSchemaV1<In, I>;
  readonly nodes: readonly Node[];
  readonly fingerprint: string;
  readonly output: (context: {
    readonly input: I;
    readonly results: R;
  }) => Out;
  describe(): SagaDescription;
}

export interface SagaDescription {
  readonly name: string;
  readonly fingerprint: string;
  readonly nodes: readonly ({
    readonly step: string;
    readonly undo: boolean;
  } | {
    readonly parallel: readonly {
      readonly step: string;
      readonly undo: boolean;
    }[];
  })[];
}

export interface SagaErrors {
  readonly SAGA_TERMINAL: ErrorSpec<{
    problem: string;
  }>;
  readonly SAGA_UNKNOWN: ErrorSpec<{
    saga: string;
    known: readonly string[];
  }>;
  readonly SAGA_NOT_FOUND: ErrorSpec<{
    id: string;
  }>;
  readonly SAGA_COMPENSATED: ErrorSpec<{
    id: string;
    step: string;
    failure: Failure;
  }>;
  readonly SAGA_COMPENSATION_FAILED: ErrorSpec<{
    id: string;
    failure: Failure;
    steps: readonly string[];
  }>;
  readonly SAGA_RESULT_REFUSED: ErrorSpec<{
    step: string;
    problem: string;
  }>;
  readonly SAGA_FENCED: ErrorSpec<{
    id: string;
    fence: number;
  }>;
  readonly SAGA_RELEASED: ErrorSpec<{
    id: string;
    reason: string;
  }>;
}

export type SagaId<Out = unknown> = string & {
  readonly '@tutti/saga/output': Out;
};

export declare class SagaOrchestrator<const S extends readonly AnySaga[]> implements Component {
  #private;
  readonly name = "sagas";
  readonly on: Component['on'];
  constructor(options: SagaOrchestratorOptions<S>);
  get state(): ComponentState;
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): Promise<Health>;
  [Symbol.asyncDispose](): Promise<void>;
  startSaga<N extends S[number]['name']>(name: N, input: InputOf<Named<S, N>>, options?: {
    readonly id?: string;
    readonly call?: Call;
  }): Promise<SagaId<OutputOf<Named<S, N>>>>;
  find<N extends S[number]['name']>(name: N, id: string): Promise<SagaId<OutputOf<Named<S, N>>>>;
  result<Out>(id: SagaId<Out>, call?: Call): Promise<Out>;
  get(id: string): Promise<SagaView>;
  history(id: string): Promise<readonly HistoryEntry[]>;
}

export interface SagaOrchestratorOptions<S extends readonly AnySaga[]> {
  readonly store: SagaStore;
  readonly sagas: S;
  readonly lease?: Duration;
  readonly concurrency?: number;
  readonly scan?: Duration;
  readonly drainTimeout?: Duration;
  readonly runtime?: Runtime;
}

export interface SagaRecord {
  readonly id: string;
  readonly saga: string;
  readonly fingerprint: string;
  readonly input: string;
  readonly call: CallAttributes;
  readonly status: SagaStatus;
  readonly failure?: Failure & {
    readonly step: string;
  };
  readonly createdAt: number;
  readonly fence: number;
  readonly steps: readonly StepRecord[];
}

export type SagaStatus = 'running' | 'compensating' | 'completed' | 'compensated' | 'compensation_failed';

export interface SagaStore {
  readonly name: string;
  readonly capabilities: SagaStoreCapabilities;
  open(): Promise<void>;
  close(): Promise<void>;
  create(saga: NewSaga, entry: HistoryEntry): Promise<{
    readonly created: boolean;
  }>;
  claim(request: ClaimRequest): Promise<readonly SagaRecord[]>;
  checkpoint(checkpoint: Checkpoint): Promise<void>;
  renew(worker: string, held: readonly {
    readonly id: string;
    readonly fence: number;
  }[], leaseMs: number): Promise<readonly string[]>;
  load(id: string): Promise<SagaRecord | undefined>;
  history(id: string): Promise<readonly HistoryEntry[]>;
  watch(listener: () => void): () => void;
}

export interface SagaStoreCapabilities {
  readonly durable: boolean;
  readonly shared: boolean;
}

export interface SagaView {
  readonly id: string;
  readonly saga: string;
  readonly status: SagaStatus;
  readonly failure?: SagaRecord['failure'];
  readonly steps: readonly StepRecord[];
}

export interface StepContext<I, R> {
  readonly input: I;
  readonly results: R;
  readonly sagaId: string;
  readonly idempotencyKey: string;
  readonly fence: number;
  readonly attempt: number;
  readonly call: Call;
  readonly signal: AbortSignal;
}

export interface StepOptions<I, R, O> {
  readonly run: (context: StepContext<I, R>) => O | Promise<O>;
  readonly compensate?: (context: UndoContext<I, R, NoInfer<O>>) => unknown;
  readonly retry?: StepRetry;
  readonly timeout?: Duration;
}

export interface StepRecord {
  readonly step: string;
  readonly order: number;
  readonly status: StepStatus;
  readonly attempts: number;
  readonly undoAttempts: number;
  readonly ambiguous: boolean;
  readonly result?: string;
  readonly failure?: Failure;
  readonly wakeAt?: number;
}

export interface StepRetry {
  readonly maxAttempts: number;
  readonly backoff: Backoff;
}

export type StepStatus = 'intended' | 'done' | 'failed' | 'undoing' | 'undone' | 'undo_failed';

export interface UndoContext<I, R, O> extends Omit<StepContext<I, Partial<R>>, 'results'> {
  readonly results: Partial<R>;
  readonly result: O | undefined;
  readonly outcome: 'done' | 'failed' | 'unknown';
  readonly failure: Failure & {
    readonly step: string;
  };
}

export declare function defineSaga<N extends string, S extends StandardSchemaV1>(_events: EventCatalogue, name: N, options: {
  readonly input: S;
}): SagaBuilder<N, StandardSchemaV1.InferOutput<S>, StandardSchemaV1.InferInput<S>, unknown>;

export declare const maxResultBytes: number;

export declare function memoryStore(options?: {
  readonly runtime?: Runtime;
}): SagaStore;

export declare const sagaErrors: SagaErrors;

export declare const sagaOrchestratorDefaults: {
  readonly lease: "15s";
  readonly concurrency: 64;
  readonly scan: "1s";
  readonly drainTimeout: "5s";
};

export declare function terminal(problem: string, options?: {
  readonly cause?: unknown;
}): TuttiError<'SAGA_TERMINAL', {
  problem: string;
}>;

// not exported, but part of what is

interface ParallelNode {
  readonly kind: 'parallel';
  readonly steps: readonly StepNode[];
}

interface StepNode {
  readonly kind: 'step';
  readonly name: string;
  readonly run: (context: StepContext<unknown, unknown>) => unknown;
  readonly compensate?: (context: UndoContext<unknown, unknown, unknown>) => unknown;
  readonly retry: StepRetry;
  readonly timeout: Duration;
}

type Fresh<N extends string, R> = N extends keyof R ? {
  readonly 'a step of this name exists': N;
} : N;

type InputOf<D> = D extends SagaDefinition<string, infer _I, infer In, infer _R, infer _Out> ? In : never;

type Named<S extends readonly AnySaga[], N> = Extract<S[number], {
  readonly name: N;
}>;

type Node = StepNode | ParallelNode;

type OutputOf<D> = D extends SagaDefinition<string, infer _I, infer _In, infer _R, infer Out> ? Out : never;

type With<R, N extends string, O> = R & {
  readonly [K in N]: Awaited<O>;
};
