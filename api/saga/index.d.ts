// @tutti/saga

import { StandardSchemaV1 } from '@standard-schema/spec';
import { Backoff, Call, CallAttributes, CloudEvent, Component, ComponentState, DataOf, Durability, Duration, ErrorSpec, EventCatalogue, EventDefinition, EventDraftOf, EventPublisher, EventSubscriber, EventType, Health, Inspectable, InspectableAction, InspectableResource, Page, PageRequest, Runtime, Statement, TenantScope, TuttiError } from '@tutti/core';

export type AnySaga = SagaDefinition<string, any, any, any, unknown>;

export interface AttemptOptions {
  readonly retry?: StepRetry;
  readonly timeout?: Duration;
  readonly totalTimeout?: Duration;
}

export interface Branches<F extends SagaFrame, Ph extends Phase, R, Used extends string, P> {
  step<S extends string, O>(name: Fresh<S, Used> & S, options: StepOptionsOf<F, Ph, R, O>): Branches<F, Ph, R, Used | S, With<P, S, O>>;
}

export interface By {
  readonly actor: string;
  readonly reason: string;
}

export interface Checkpoint extends Holding {
  readonly name: string;
  readonly worker: string;
  readonly status: SagaStatus;
  readonly entries: readonly JournalEntry[];
  readonly dueAt?: number;
  readonly answered: number;
  readonly events?: readonly StoredEvent[];
  readonly statements?: readonly Statement[];
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

export interface Claimed {
  readonly sagas: readonly ClaimedSaga[];
  readonly asked: readonly string[];
  readonly nextDueAt?: number;
  readonly now: number;
}

export interface ClaimedSaga extends SagaRecord {
  readonly takenFrom?: string;
}

export interface CreateOptions {
  readonly hold?: {
    readonly worker: string;
    readonly leaseMs: number;
  };
  readonly whenLocked?: 'queue' | 'refuse';
  readonly queuedUntil?: number;
  readonly events?: readonly StoredEvent[];
  readonly statements?: readonly Statement[];
}

export interface Created {
  readonly created: boolean;
  readonly lockedBy?: string;
  readonly now: number;
}

export interface EmptySaga<F extends SagaFrame> extends Growing<F, 'before pivot', unknown, never>, BeforePivot<F, unknown, never> {
  readonly startOn: StartOn<F, EmptySaga<F>>;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

export interface ForwardBuilder<F extends SagaFrame, R, Used extends string> extends Growing<F, 'after pivot', R, Used>, Finished<F, R> {
  readonly startOn: StartOn<F, ForwardBuilder<F, R, Used>>;
}

export interface HistoryEntry extends Omit<JournalEntry, 'result'> {
  readonly result?: unknown;
}

export interface Holding {
  readonly id: string;
  readonly fence: number;
}

export type InputOf<D> = D extends SagaDefinition<string, infer _I, infer In, infer _R, infer _Out> ? In : never;

export interface JournalEntry {
  readonly seq: number;
  readonly at: number;
  readonly worker: string;
  readonly fence: number;
  readonly what: 'started' | 'intent' | 'done' | 'attempt-failed' | 'failed' | 'decided' | 'sleeping' | 'woke' | 'asked' | 'compensating' | 'undo-intent' | 'undone' | 'undo-attempt-failed' | 'undo-failed' | 'undo-skipped' | 'stuck' | 'completed' | 'compensated' | 'compensation-failed';
  readonly step?: string;
  readonly attempt?: number;
  readonly onlyCounts?: boolean;
  readonly result?: string;
  readonly failure?: Failure;
  readonly cutOff?: boolean;
  readonly until?: number;
  readonly taken?: boolean;
  readonly request?: {
    readonly verb: string;
    readonly actor: string;
    readonly reason: string;
  };
}

export interface LegalVerb {
  readonly verb: 'cancel' | 'retry' | 'skip';
  readonly step?: string;
  readonly effect: string;
}

export type NamedSaga<S extends readonly AnySaga[], N> = Extract<S[number], {
  readonly name: N;
}>;

export interface NewSaga {
  readonly id: string;
  readonly saga: string;
  readonly fingerprint: string;
  readonly input: string;
  readonly call: CallAttributes;
  readonly createdAt: number;
  readonly deadline?: number;
  readonly lockKey?: string;
  readonly entries: readonly JournalEntry[];
}

export type NodeDescription = StepDescription | {
  readonly kind: 'parallel';
  readonly steps: readonly StepDescription[];
} | {
  readonly kind: 'sleep';
  readonly name: string;
  readonly durationMs: number;
} | {
  readonly kind: 'when';
  readonly name: string;
  readonly nodes: readonly NodeDescription[];
  readonly otherwise: readonly NodeDescription[];
};

export type OutputOf<D> = D extends SagaDefinition<string, infer _I, infer _In, infer _R, infer Out> ? Out : never;

export interface Patience {
  readonly retry: StepRetry;
  readonly timeout: Duration;
}

export interface PayloadCodec {
  encode(value: unknown): string;
  decode(text: string): unknown;
}

export type Phase = 'before pivot' | 'after pivot';

export type PivotOptions<I, R, O, C extends EventCatalogue> = PlainPivotOptions<I, R, O, C> | TxPivotOptions<I, R, O, C>;

export interface PureOptions<I, R, O, C extends EventCatalogue> extends AttemptOptions {
  readonly run: (context: StepContext<I, R, C>) => O | Promise<O>;
  readonly intent: false;
}

export interface RetriableOptions<I, R, O, C extends EventCatalogue> extends AttemptOptions {
  readonly kind: 'retriable';
  readonly run: (context: StepContext<I, R, C>) => O | Promise<O>;
  readonly intent?: false;
}

export interface RetriableTxOptions<I, R, O, C extends EventCatalogue> extends AttemptOptions {
  readonly kind: 'retriable';
  readonly run: (context: StepContext<I, R, C> & WithTx) => O | Promise<O>;
}

export interface SagaBuilder<F extends SagaFrame, R, Used extends string> extends Growing<F, 'before pivot', R, Used>, BeforePivot<F, R, Used>, Finished<F, R> {
  readonly startOn: StartOn<F, SagaBuilder<F, R, Used>>;
}

export interface SagaBus extends EventPublisher, EventSubscriber {
  outbox?(draft: Parameters<EventPublisher['publish']>[0], call?: Parameters<EventPublisher['publish']>[1]): Promise<{
    readonly statements: readonly Statement[];
  }>;
}

export interface SagaCount {
  readonly saga: string;
  readonly status: SagaStatus;
  readonly count: number;
}

export interface SagaDefinition<N extends string, I, In, R, Out> {
  readonly name: N;
  readonly input: StandardSchemaV1<In, I>;
  readonly events: EventCatalogue;
  readonly nodes: readonly Node[];
  readonly pivotStep?: string;
  readonly settings: SagaSettings;
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
  readonly nodes: readonly NodeDescription[];
  readonly startsOn: readonly string[];
  readonly timeoutMs?: number;
  readonly whenLocked?: 'queue' | 'reject' | 'join';
  readonly lockWaitMs?: number;
  readonly onUndoFailure: 'continue' | 'halt';
  readonly maxPayloadBytes: number;
  readonly redact: readonly string[];
}

export interface SagaDesk {
  load(id: string): Promise<SagaRecord | undefined>;
  ended(ids: readonly string[]): Promise<readonly string[]>;
  list(query: SagaQuery): Promise<Page<SagaSummary>>;
  stats(): Promise<SagaStats>;
  ask(id: string, request: SagaRequest, from: readonly SagaStatus[], to?: OpenedStatus): Promise<SagaStatus | undefined>;
  forget(before: number, max: number): Promise<number>;
  watch(listener: () => void): () => void;
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
  readonly SAGA_STUCK: ErrorSpec<{
    id: string;
    step: string;
    failure: Failure;
  }>;
  readonly SAGA_CANCELLED: ErrorSpec<{
    actor: string;
    reason: string;
  }>;
  readonly SAGA_TIMEOUT: ErrorSpec<{
    saga: string;
  }>;
  readonly SAGA_STEP_SILENT: ErrorSpec<{
    step: string;
    attempts: number;
  }>;
  readonly SAGA_STEP_TIMEOUT: ErrorSpec<{
    step: string;
    totalTimeoutMs: number;
  }>;
  readonly SAGA_WAIT_TIMEOUT: ErrorSpec<{
    key: string;
  }>;
  readonly SAGA_LOCKED: ErrorSpec<{
    key: string;
    holder: string;
  }>;
  readonly SAGA_PAYLOAD_REFUSED: ErrorSpec<{
    what: string;
    problem: string;
  }>;
  readonly SAGA_REQUEST_REFUSED: ErrorSpec<{
    id: string;
    verb: string;
    status: SagaStatus;
    legal: readonly string[];
  }>;
  readonly SAGA_TX_CONFLICT: ErrorSpec<{
    id: string;
    statement: number;
    rows: number;
  }>;
  readonly SAGA_TX_REFUSED: ErrorSpec<{
    id: string;
    statement: number;
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

export interface SagaEvents {
  readonly 'saga.step.completed': EventDefinition<OfSaga & {
    readonly step: string;
  }>;
  readonly 'saga.step.undone': EventDefinition<OfSaga & {
    readonly step: string;
  }>;
  readonly 'saga.completed': EventDefinition<OfSaga>;
  readonly 'saga.compensated': EventDefinition<OfSaga & {
    readonly failure?: Failure;
  }>;
  readonly 'saga.parked': EventDefinition<OfSaga & {
    readonly status: string;
    readonly step: string;
    readonly failure?: Failure;
  }>;
}

export interface SagaFrame {
  readonly name: string;
  readonly events: EventCatalogue;
  readonly input: unknown;
  readonly given: unknown;
}

export type SagaId<Out = unknown> = string & {
  readonly '@tutti/saga/output': Out;
};

export interface SagaListQuery extends Omit<SagaQuery, 'tenant'> {
  readonly tenant: TenantScope;
}

export interface SagaLock {
  readonly key: (input: unknown) => string;
  readonly whenLocked: 'queue' | 'reject' | 'join';
  readonly waitMs?: number;
}

export interface SagaOptions<S extends StandardSchemaV1> {
  readonly input: S;
  readonly timeout?: Duration;
  readonly concurrencyKey?: (input: StandardSchemaV1.InferOutput<S>) => string;
  readonly whenLocked?: SagaLock['whenLocked'];
  readonly lockWait?: Duration;
  readonly onUndoFailure?: SagaSettings['onUndoFailure'];
  readonly maxPayload?: number;
  readonly redact?: readonly string[];
}

export declare class SagaOrchestrator<const S extends readonly AnySaga[]> implements Component, Inspectable {
  #private;
  readonly name = "sagas";
  readonly feature = "saga";
  readonly on: Component['on'];
  constructor(options: SagaOrchestratorOptions<S>);
  get state(): ComponentState;
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): Promise<Health>;
  [Symbol.asyncDispose](): Promise<void>;
  durability(): Durability;
  startSaga<N extends S[number]['name']>(name: N, input: InputOf<NamedSaga<S, N>>, options?: StartOptions): Promise<SagaId<OutputOf<NamedSaga<S, N>>>>;
  find<N extends S[number]['name']>(name: N, id: string): Promise<SagaId<OutputOf<NamedSaga<S, N>>>>;
  result<Out>(id: SagaId<Out>, call?: Call): Promise<Out>;
  get(id: string): Promise<SagaView>;
  history(id: string): Promise<readonly HistoryEntry[]>;
  list(query: SagaListQuery): Promise<Page<SagaSummary>>;
  forTenant(tenant: string): TenantSagas<S>;
  stats(): Promise<SagaStats>;
  cancel(id: string, by: By): Promise<void>;
  retry(id: string, by: By): Promise<void>;
  skip(id: string, step: string, by: By): Promise<void>;
  resources(): readonly InspectableResource[];
  actions(): readonly InspectableAction[];
}

export interface SagaOrchestratorOptions<S extends readonly AnySaga[]> {
  readonly store: SagaStore;
  readonly sagas: S;
  readonly bus?: SagaBus;
  readonly sharedDatabase?: boolean;
  readonly announce?: boolean;
  readonly codec?: PayloadCodec;
  readonly lease?: Duration;
  readonly concurrency?: number;
  readonly scan?: Duration;
  readonly drainTimeout?: Duration;
  readonly keep?: Duration;
  readonly amnesia?: boolean;
  readonly runtime?: Runtime;
}

export interface SagaOutbox {
  take(worker: string, leaseMs: number, max: number): Promise<readonly StoredEvent[]>;
  drop(worker: string, ids: readonly string[]): Promise<void>;
}

export interface SagaQuery extends PageRequest {
  readonly saga?: string;
  readonly status?: SagaStatus;
  readonly tenant?: string;
}

export interface SagaRecord extends NewSaga {
  readonly status: SagaStatus;
  readonly fence: number;
  readonly entries: readonly JournalEntry[];
  readonly asked: readonly SagaRequest[];
  readonly dueAt: number;
  readonly owner?: string;
  readonly endedAt?: number;
}

export interface SagaRequest {
  readonly verb: 'cancel' | 'retry' | 'skip';
  readonly actor: string;
  readonly reason: string;
  readonly step?: string;
  readonly at: number;
}

export interface SagaSettings {
  readonly timeoutMs?: number;
  readonly lock?: SagaLock;
  readonly onUndoFailure: 'continue' | 'halt';
  readonly maxPayloadBytes: number;
  readonly redact: readonly string[];
  readonly starts: readonly SagaStart[];
}

export interface SagaStart {
  readonly type: string;
  readonly input: (event: CloudEvent) => unknown;
}

export interface SagaStats {
  readonly counts: readonly SagaCount[];
  readonly oldestDueMs: number;
  readonly unpublished: number;
}

export type SagaStatus = (typeof sagaStatuses)[number];

export interface SagaStore {
  readonly name: string;
  readonly capabilities: SagaStoreCapabilities;
  readonly desk: SagaDesk;
  readonly outbox: SagaOutbox;
  open(runtime: Runtime): Promise<Durability>;
  close(): Promise<void>;
  create(saga: NewSaga, options?: CreateOptions): Promise<Created>;
  claim(request: ClaimRequest): Promise<Claimed>;
  checkpoint(checkpoint: Checkpoint): Promise<void>;
  renew(worker: string, held: readonly Holding[], leaseMs: number): Promise<{
    readonly lost: readonly string[];
    readonly now: number;
  }>;
}

export interface SagaStoreCapabilities {
  readonly durable: boolean;
  readonly shared: boolean;
  readonly transactional: boolean;
}

export type SagaSummary = Pick<SagaRecord, 'id' | 'saga' | 'status' | 'fingerprint' | 'createdAt' | 'fence' | 'dueAt' | 'owner' | 'endedAt' | 'lockKey'> & {
  readonly tenant?: string;
};

export interface SagaView {
  readonly id: string;
  readonly saga: string;
  readonly status: SagaStatus;
  readonly fingerprint: string;
  readonly createdAt: number;
  readonly endedAt?: number;
  readonly deadline?: number;
  readonly lockKey?: string;
  readonly tenant?: string;
  readonly worker?: string;
  readonly fence: number;
  readonly failure?: Failure & {
    readonly step: string;
  };
  readonly waiting?: {
    readonly for: 'timer' | 'attempt' | 'key';
    readonly step?: string;
    readonly until?: number;
  };
  readonly input: unknown;
  readonly steps: readonly StepView[];
  readonly verbs: readonly LegalVerb[];
}

export interface StartOptions {
  readonly id?: string;
  readonly call?: Call;
}

export interface StepContext<I, R, C extends EventCatalogue = EventCatalogue> {
  readonly input: I;
  readonly results: R;
  readonly sagaId: string;
  readonly idempotencyKey: string;
  readonly fence: number;
  readonly attempt: number;
  readonly call: Call;
  readonly signal: AbortSignal;
  publish(draft: EventDraftOf<C>): void;
}

export interface StepDescription {
  readonly kind: 'step';
  readonly name: string;
  readonly role: StepRole;
  readonly undo: boolean;
  readonly tx: boolean;
}

export type StepOptions<I, R, O, C extends EventCatalogue> = UndoableOptions<I, R, O, C> | PureOptions<I, R, O, C>;

export interface StepRetry {
  readonly maxAttempts: number;
  readonly backoff: Backoff;
}

export type StepRole = 'compensatable' | 'pivot' | 'retriable';

export interface StepView {
  readonly step: string;
  readonly order: number;
  readonly status: 'intended' | 'done' | 'failed' | 'undoing' | 'undone' | 'undo_failed' | 'undo_skipped';
  readonly outcome: 'done' | 'failed' | 'unknown';
  readonly attempts: number;
  readonly undoAttempts: number;
  readonly failure?: Failure;
  readonly result?: unknown;
}

export interface StoredEvent {
  readonly id: string;
  readonly body: string;
}

export declare class TenantSagas<const S extends readonly AnySaga[]> {
  #private;
  readonly tenant: string;
  constructor(sagas: Sagas<S>, tenant: string);
  list(query: Omit<SagaListQuery, 'tenant'>): Promise<Page<SagaSummary>>;
  find<N extends S[number]['name']>(name: N, id: string): Promise<SagaId<OutputOf<NamedSaga<S, N>>>>;
  get(id: string): Promise<SagaView>;
  history(id: string): Promise<readonly HistoryEntry[]>;
  result<Out>(id: SagaId<Out>, call?: Call): Promise<Out>;
  cancel(id: string, by: By): Promise<void>;
  retry(id: string, by: By): Promise<void>;
  skip(id: string, step: string, by: By): Promise<void>;
}

export interface TxOptions<I, R, O, C extends EventCatalogue> extends AttemptOptions, UndoOptions {
  readonly run: (context: StepContext<I, R, C> & WithTx) => O | Promise<O>;
  readonly compensate?: (context: UndoContext<I, R, NoInfer<O>, C> & WithTx) => unknown;
}

export interface TxWriter {
  write(sql: string, values?: Statement['values'], options?: {
    readonly expectedRows?: number;
  }): void;
}

export interface UndoContext<I, R, O, C extends EventCatalogue = EventCatalogue> extends Omit<StepContext<I, R, C>, 'results'> {
  readonly results: Partial<R>;
  readonly result: O | undefined;
  readonly outcome: 'done' | 'failed' | 'unknown';
  readonly failure: Failure & {
    readonly step: string;
  };
}

export interface UndoOptions {
  readonly undoRetry?: StepRetry;
  readonly undoTimeout?: Duration;
}

export interface UndoableOptions<I, R, O, C extends EventCatalogue> extends AttemptOptions, UndoOptions {
  readonly run: (context: StepContext<I, R, C>) => O | Promise<O>;
  readonly compensate?: (context: UndoContext<I, R, NoInfer<O>, C>) => unknown;
  readonly intent?: never;
}

export interface Way<F extends SagaFrame, Ph extends Phase, R, Used extends string, P> {
  step<S extends string, O>(name: Fresh<S, Used> & S, options: StepOptionsOf<F, Ph, R & P, O>): Way<F, Ph, R, Used | S, With<P, S, O>>;
  tx<S extends string, O>(name: Fresh<S, Used> & S, options: TxOptionsOf<F, Ph, R & P, O>): Way<F, Ph, R, Used | S, With<P, S, O>>;
  parallel<Q, U extends string>(build: (branches: Branches<F, Ph, R & P, Used, unknown>) => Branches<F, Ph, R & P, U, Q>): Way<F, Ph, R, U, P & Q>;
  sleep<S extends string>(name: Fresh<S, Used> & S, time: Duration): Way<F, Ph, R, Used | S, P>;
  when<S extends string, Q, U extends string, Q2 = unknown, U2 extends string = never>(name: Fresh<S, Used> & S, decide: (known: Known<F, R & P>) => boolean, then: (way: Way<F, Ph, R & P, Used | S, unknown>) => Way<F, Ph, R & P, U, Q>, otherwise?: (way: Way<F, Ph, R & P, U, unknown>) => Way<F, Ph, R & P, U2, Q2>): Way<F, Ph, R, U | U2, P & Partial<Q> & Partial<Q2>>;
}

export declare function defineSaga<C extends EventCatalogue, N extends string, S extends StandardSchemaV1>(events: C, name: N, options: SagaOptions<S>): EmptySaga<{
  readonly name: N;
  readonly events: C;
  readonly input: StandardSchemaV1.InferOutput<S>;
  readonly given: StandardSchemaV1.InferInput<S>;
}>;

export declare const isOver: (status: SagaStatus) => boolean;

export declare const isParked: (status: SagaStatus) => boolean;

export declare const jsonCodec: PayloadCodec;

export declare function memoryStore(): SagaStore;

export declare function mermaid(saga: SagaDescription): string;

export declare const retriableDefaults: Patience;

export declare const sagaDefaults: Readonly<{
  whenLocked: 'queue';
  onUndoFailure: 'continue';
  maxPayload: 262144;
}>;

export declare const sagaErrors: SagaErrors;

export declare const sagaEvents: SagaEvents;

export declare const sagaOrchestratorDefaults: {
  readonly lease: "15s";
  readonly concurrency: 64;
  readonly scan: "1s";
  readonly drainTimeout: "5s";
  readonly keep: "30d";
  readonly sharedDatabase: false;
  readonly announce: false;
  readonly amnesia: false;
};

export declare const stepDefaults: Patience;

export declare function terminal(problem: string, options?: {
  readonly cause?: unknown;
}): TuttiError<'SAGA_TERMINAL', {
  problem: string;
}>;

export declare const undoDefaults: Patience;

// not exported, but part of what is

declare const sagaStatuses: readonly [
  "queued",
  "running",
  "compensating",
  "completed",
  "compensated",
  "compensation_failed",
  "stuck"
];

interface BeforePivot<F extends SagaFrame, R, Used extends string> {
  pivot<S extends string, O>(name: Fresh<S, Used> & S, options: PivotOptions<F['input'], R, O, F['events']>): Grown<F, 'after pivot', With<R, S, O>, Used | S>;
}

interface Finished<F extends SagaFrame, R> extends SagaDefinition<F['name'], F['input'], F['given'], R, undefined> {
  returns<Out>(output: (known: Known<F, R>) => Out): SagaDefinition<F['name'], F['input'], F['given'], R, Out>;
}

interface Growing<F extends SagaFrame, Ph extends Phase, R, Used extends string> {
  step<S extends string, O>(name: Fresh<S, Used> & S, options: StepOptionsOf<F, Ph, R, O>): Grown<F, Ph, With<R, S, O>, Used | S>;
  tx<S extends string, O>(name: Fresh<S, Used> & S, options: TxOptionsOf<F, Ph, R, O>): Grown<F, Ph, With<R, S, O>, Used | S>;
  parallel<P, U extends string>(build: (branches: Branches<F, Ph, R, Used, unknown>) => Branches<F, Ph, R, U, P>): Grown<F, Ph, R & P, U>;
  sleep<S extends string>(name: Fresh<S, Used> & S, time: Duration): Grown<F, Ph, R, Used | S>;
  when<S extends string, P, U extends string, P2 = unknown, U2 extends string = never>(name: Fresh<S, Used> & S, decide: (known: Known<F, R>) => boolean, then: (way: Way<F, Ph, R, Used | S, unknown>) => Way<F, Ph, R, U, P>, otherwise?: (way: Way<F, Ph, R, U, unknown>) => Way<F, Ph, R, U2, P2>): Grown<F, Ph, R & Partial<P> & Partial<P2>, U | U2>;
}

interface Known<F extends SagaFrame, R> {
  readonly input: F['input'];
  readonly results: R;
}

interface OfSaga {
  readonly sagaId: string;
  readonly saga: string;
}

interface ParallelNode {
  readonly kind: 'parallel';
  readonly steps: readonly StepNode[];
}

interface PlainPivotOptions<I, R, O, C extends EventCatalogue> extends AttemptOptions {
  readonly run: (context: StepContext<I, R, C>) => O | Promise<O>;
  readonly tx?: never;
}

interface Sagas<S extends readonly AnySaga[]> {
  list(query: SagaListQuery): Promise<Page<SagaSummary>>;
  find<N extends S[number]['name']>(name: N, id: string): Promise<SagaId<OutputOf<NamedSaga<S, N>>>>;
  get(id: string): Promise<SagaView>;
  history(id: string): Promise<readonly HistoryEntry[]>;
  result<Out>(id: SagaId<Out>, call?: Call): Promise<Out>;
  cancel(id: string, by: By): Promise<void>;
  retry(id: string, by: By): Promise<void>;
  skip(id: string, step: string, by: By): Promise<void>;
}

interface SleepNode {
  readonly kind: 'sleep';
  readonly name: string;
  readonly durationMs: number;
}

interface StepNode {
  readonly kind: 'step';
  readonly name: string;
  readonly role: StepRole;
  readonly tx: boolean;
  readonly intent: boolean;
  readonly run: (context: StepContext<unknown, unknown> & {
    readonly tx: TxWriter;
  }) => unknown;
  readonly compensate?: (context: UndoContext<unknown, unknown, unknown> & {
    readonly tx: TxWriter;
  }) => unknown;
  readonly retry: StepRetry;
  readonly timeoutMs: number;
  readonly totalTimeoutMs?: number;
  readonly undoRetry: StepRetry;
  readonly undoTimeoutMs: number;
}

interface TxPivotOptions<I, R, O, C extends EventCatalogue> extends AttemptOptions {
  readonly run: (context: StepContext<I, R, C> & WithTx) => O | Promise<O>;
  readonly tx: true;
}

interface WhenNode {
  readonly kind: 'when';
  readonly name: string;
  readonly decide: (context: {
    readonly input: unknown;
    readonly results: unknown;
  }) => boolean;
  readonly nodes: readonly Node[];
  readonly otherwise: readonly Node[];
}

interface WithTx {
  readonly tx: TxWriter;
}

type Fresh<S extends string, Used extends string> = S extends Used ? {
  readonly 'a step of this name exists': S;
} : S;

type Grown<F extends SagaFrame, Ph extends Phase, R, Used extends string> = Ph extends 'before pivot' ? SagaBuilder<F, R, Used> : ForwardBuilder<F, R, Used>;

type Node = StepNode | ParallelNode | SleepNode | WhenNode;

type OpenedStatus = 'running' | 'compensating';

type StartOn<F extends SagaFrame, Self> = <T extends EventType<F['events']>>(type: T, input: (event: CloudEvent<T, DataOf<F['events'], T>>) => F['given']) => Self;

type StepOptionsOf<F extends SagaFrame, Ph extends Phase, R, O> = Ph extends 'before pivot' ? StepOptions<F['input'], R, O, F['events']> : RetriableOptions<F['input'], R, O, F['events']>;

type TxOptionsOf<F extends SagaFrame, Ph extends Phase, R, O> = Ph extends 'before pivot' ? TxOptions<F['input'], R, O, F['events']> : RetriableTxOptions<F['input'], R, O, F['events']>;

type With<R, S extends string, O> = R & {
  readonly [K in S]: Awaited<O>;
};
