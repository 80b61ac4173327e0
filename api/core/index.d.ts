// @tutti/core

import { StandardSchemaV1 } from '@standard-schema/spec';
import { Duplex } from 'node:stream';

export interface ActionInput {
  readonly actor: string;
  readonly reason: string;
  readonly target: string;
  readonly details?: unknown;
}

export interface Admission {
  <I, O>(next: Handler<I, O>): Handler<I, O>;
  readonly operation: string;
  readonly gate: AdmissionGate;
  readonly limit: number;
  readonly active: number;
  readonly queued: number;
  counts(): AdmissionCounts;
}

export type AdmissionClass = 'critical' | 'default' | 'sheddable';

export interface AdmissionCounts {
  readonly entered: number;
  readonly refused: Readonly<Record<AdmissionClass, number>>;
  readonly abandoned: Readonly<Record<AdmissionClass, number>>;
}

export declare class AdmissionGate {
  #private;
  constructor(settings: AdmissionSettings);
  get limit(): number;
  get active(): number;
  get queued(): number;
  counts(): AdmissionCounts;
  queueAgeMs(now: number): number;
  tryEnter(call: Call): AdmissionTicket;
  wait(call: Call, waiter: AdmissionWaiter): void;
  leave(ticket: AdmissionTicket, call: Call, outcome: AdmissionOutcome): void;
}

export interface AdmissionOptions {
  readonly operation: string;
  readonly limit: number | LimitPolicy;
  readonly queue?: number | Partial<Readonly<Record<AdmissionClass, number>>>;
  readonly classOf?: (call: Call) => AdmissionClass;
  readonly tenantOf?: (call: Call) => string | undefined;
  readonly overloadIf?: (error: unknown) => boolean;
}

export type AdmissionOutcome = 'success' | 'overload' | 'ignored';

export type AdmissionTicket = number;

export interface AdmissionWaiter {
  admitted(ticket: number): void;
  refused(error: unknown): void;
}

export type AnyLayer = <I, O>(next: Handler<I, O>) => Handler<I, O>;

export interface AttemptGuard<I, T> {
  enter(input: I, call: Call, now: number): T | Promise<T>;
  left(taken: T, failed: boolean, error: unknown): void;
}

export interface AuditRecord {
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly reason?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly actionId?: string;
  readonly outcome?: 'begun' | 'done' | 'failed';
}

export interface AuditSink {
  record(record: AuditRecord): Promise<void>;
}

export interface Backoff {
  ceilingMs(failures: number): number;
  delayMs(failures: number, random: Random): number;
}

export interface Breaker {
  <I, O>(next: Handler<I, O>): Handler<I, O>;
  readonly operation: string;
  readonly state: BreakerState;
  force(state: 'open' | 'closed' | 'auto'): void;
}

export interface BreakerChange {
  readonly from: BreakerState;
  readonly to: BreakerState;
  readonly cause: 'failures' | 'time' | 'probe' | 'forced';
}

export declare class BreakerMachine {
  #private;
  constructor(settings: BreakerSettings);
  get state(): BreakerState;
  admit(clock: Clock): Ticket;
  admits(clock: Clock): boolean;
  waitMs(clock: Clock): number;
  succeeded(ticket: Ticket, clock: Clock): void;
  failed(ticket: Ticket, clock: Clock): void;
  ignored(ticket: Ticket): void;
  force(state: 'open' | 'closed' | 'auto'): void;
}

export interface BreakerOptions {
  readonly operation: string;
  readonly tripAfter?: TripPolicy;
  readonly openFor?: Duration;
  readonly openForMax?: Duration;
  readonly probes?: number;
  readonly successesToClose?: number;
  readonly failureIf?: (error: unknown) => boolean;
  readonly onChange?: (change: BreakerChange) => void;
}

export interface BreakerSettings {
  readonly tally: Tally;
  readonly openForMs: number;
  readonly openForMaxMs: number;
  readonly probes: number;
  readonly successesToClose: number;
  readonly onChange: ((change: BreakerChange) => void) | undefined;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface Bulkhead {
  <I, O>(next: Handler<I, O>): Handler<I, O>;
  readonly operation: string;
  readonly active: number;
  readonly queued: number;
}

export interface BulkheadOptions {
  readonly operation: string;
  readonly maxConcurrent: number;
  readonly maxQueue?: number;
  readonly priority?: (call: Call) => Priority;
}

export declare class Call {
  #private;
  readonly runtime: Runtime;
  readonly deadline: number;
  readonly attempt: number;
  readonly tenant: string | undefined;
  readonly principal: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly tracestate: string | undefined;
  readonly baggage: string | undefined;
  readonly avoid: readonly string[];
  private constructor();
  static root(fields?: RootFields): Call;
  child(fields?: CallFields): Call;
  detach(): Call;
  get traceparent(): string;
  get correlationId(): string;
  get remainingMs(): number;
  get cancelled(): boolean;
  get reason(): unknown;
  get signal(): AbortSignal;
  onCancel(listener: CancelListener): () => void;
  get target(): string | undefined;
  reached(target: string): void;
  noteExhausted(failure: unknown): void;
  isExhausted(failure: unknown): boolean;
  cancel(reason?: unknown): void;
  throwIfOver(operation: string): void;
  release(): void;
}

export interface CallAttributes {
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly baggage?: string;
  readonly correlationid?: string;
  readonly tenantid?: string;
  readonly principal?: string;
  readonly idempotencykey?: string;
  readonly deadline?: string;
}

export interface CallFields {
  readonly deadline?: number;
  readonly attempt?: number;
  readonly tenant?: string;
  readonly principal?: string;
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly baggage?: string;
  readonly correlationId?: string;
  readonly idempotencyKey?: string;
  readonly avoid?: readonly string[];
}

export type CancelListener = (reason: unknown) => void;

export interface Clock {
  now(): number;
  epoch(): number;
  after(delayMs: number, callback: () => void): Timer;
  afterInput(callback: () => void): void;
}

export interface CloudEvent<T extends string = string, D = unknown> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: T;
  readonly time: string;
  readonly subject?: string;
  readonly datacontenttype: 'application/json';
  readonly data: D;
  readonly dataversion?: number;
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly baggage?: string;
  readonly correlationid?: string;
  readonly causationid?: string;
  readonly tenantid?: string;
  readonly principal?: string;
  readonly idempotencykey?: string;
  readonly priority?: 'high' | 'low';
  readonly replayedfrom?: string;
}

export interface Component extends AsyncDisposable, Observable<ComponentEvents> {
  readonly name: string;
  readonly state: ComponentState;
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): Promise<Health>;
}

export interface ComponentEvents {
  readonly state: {
    readonly from: ComponentState;
    readonly to: ComponentState;
  };
}

export type ComponentState = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

export interface ConcurrencyLimit {
  places(now: number): number;
  sample(now: number, latencyMs: number, inside: number, outcome: AdmissionOutcome): void;
}

export interface ConfigEntry {
  readonly key: string;
  readonly value: unknown;
  readonly revision: number;
  readonly actor: string;
  readonly changedAt: string;
}

export interface ConfigLimits {
  readonly maxHistory?: number;
  readonly maxValueBytes?: number;
}

export interface ConfigStore {
  get(key: string): Promise<ConfigEntry | undefined>;
  put(key: string, value: unknown, expectedRevision: number, actor: string): Promise<ConfigEntry>;
  history(key: string, limit: number): Promise<readonly ConfigEntry[]>;
  rollback(key: string, toRevision: number, actor: string): Promise<ConfigEntry>;
  watch(key: string, listener: (entry: ConfigEntry) => void): () => void;
}

export interface ConsoleLoggerOptions {
  readonly level?: LogLevel;
  readonly colours?: boolean;
  readonly write?: (line: string) => void;
}

export interface CoreErrors {
  readonly INVALID_OPTIONS: ErrorSpec<{
    path: string;
    problem: string;
  }>;
  readonly INVALID_ARGUMENT: ErrorSpec<{
    path: string;
    problem: string;
  }>;
  readonly INVALID_DATA: ErrorSpec<{
    path: string;
    problem: string;
  }>;
  readonly TERMINAL: ErrorSpec<{
    reason: string;
  }>;
  readonly TIMEOUT: ErrorSpec<{
    operation: string;
    timeoutMs: number;
  }>;
  readonly DEADLINE_EXCEEDED: ErrorSpec<{
    operation: string;
    begun?: boolean;
  }>;
  readonly OVERLOADED: ErrorSpec<{
    operation: string;
    limit: number;
    reason?: 'full' | 'displaced' | 'deadline';
    retryAfterMs?: number;
  }>;
  readonly BREAKER_OPEN: ErrorSpec<{
    operation: string;
    retryAfterMs: number;
  }>;
  readonly THROTTLED: ErrorSpec<{
    operation: string;
    limit: number;
  }>;
  readonly CANCELLED: ErrorSpec<{
    reason: string;
  }>;
  readonly CAPABILITY_MISSING: ErrorSpec<{
    feature: string;
    adapter: string;
    capability: string;
  }>;
  readonly NOT_RUNNING: ErrorSpec<{
    component: string;
    state: string;
  }>;
  readonly START_FAILED: ErrorSpec<{
    component: string;
    part: string;
  }>;
  readonly STOP_TIMEOUT: ErrorSpec<{
    component: string;
    part: string;
    timeoutMs: number;
  }>;
  readonly STORE_UNAVAILABLE: ErrorSpec<{
    store: string;
    problem: string;
    sent?: boolean;
  }>;
  readonly STORE_UNSUPPORTED: ErrorSpec<{
    store: string;
    problem: string;
  }>;
  readonly LEASE_LOST: ErrorSpec<{
    name: string;
    problem: string;
  }>;
  readonly WRITE_CONFLICT: ErrorSpec<{
    store: string;
    statement: string;
    expectedRows: number;
    actualRows: number;
    index?: number;
    constraint?: string;
  }>;
  readonly CONFIG_CONFLICT: ErrorSpec<{
    key: string;
    expectedRevision: number;
    currentRevision: number;
  }>;
  readonly SECRET_UNAVAILABLE: ErrorSpec<{
    source: string;
    secret: string;
    problem: string;
  }>;
  readonly SECRET_EXPIRED: ErrorSpec<{
    source: string;
    secret: string;
    expiredMs: number;
  }>;
  readonly SECRET_REFUSED: ErrorSpec<{
    source: string;
    secret: string;
    problem: string;
  }>;
}

export type DataOf<C, T extends EventType<C>> = C[T] extends EventDefinition<infer D> ? D : never;

export interface Deadline {
  cancel(): void;
}

export interface DeadlineWheel {
  at(at: number, callback: () => void): Deadline;
  readonly size: number;
}

export interface Dependent {
  readonly part: Component;
  readonly needs: readonly Component[];
}

export type DetailsOf<S> = S extends ErrorSpec<infer D> ? D : never;

export interface DispatchController {
  readonly aborted: boolean;
  readonly paused: boolean;
  readonly reason: Error | null;
  readonly rawHeaders?: readonly (string | Uint8Array)[] | null;
  readonly rawTrailers?: readonly (string | Uint8Array)[] | null;
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

export interface DispatchHandler {
  onRequestStart(controller: DispatchController, context: unknown): void;
  onResponseStart(controller: DispatchController, statusCode: number, headers: IncomingHeaders, statusMessage?: string): void;
  onResponseData(controller: DispatchController, chunk: Buffer): void;
  onResponseEnd(controller: DispatchController, trailers: IncomingHeaders): void;
  onResponseError(controller: DispatchController, error: Error): void;
  onRequestUpgrade?(controller: DispatchController, statusCode: number, headers: IncomingHeaders, socket: Duplex): void;
}

export interface DispatchRequest {
  readonly method: string;
  readonly path: string;
  readonly origin?: string;
  readonly headers?: readonly string[] | Readonly<Record<string, string | readonly string[]>> | null;
  readonly body?: NodeJS.ReadableStream | Uint8Array | string | null;
  readonly trailers?: () => readonly string[];
  readonly headersTimeout?: number;
  readonly bodyTimeout?: number;
  readonly upgrade?: string;
}

export interface Durability {
  readonly acknowledged: string;
  readonly warnings: readonly DurabilityWarning[];
}

export interface DurabilityWarning {
  readonly name: string;
  readonly message: string;
}

export type Duration = `${number}${keyof typeof unitsMs}`;

export interface Endpoint {
  readonly serviceName: string;
  readonly instanceId: string;
  readonly incarnation: string;
  readonly host: string;
  readonly port: number;
  readonly version?: string;
  readonly zone?: string;
  readonly weight: number;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly tenant?: string;
  readonly state: 'ready' | 'unhealthy' | 'draining';
  readonly suspect?: true;
}

export type EndpointChange = {
  readonly kind: 'snapshot';
  readonly revision: number;
  readonly endpoints: readonly Endpoint[];
} | {
  readonly kind: 'upsert';
  readonly revision: number;
  readonly endpoint: Endpoint;
} | {
  readonly kind: 'remove';
  readonly revision: number;
  readonly endpoint: EndpointRef;
};

export interface EndpointLease {
  readonly endpoint: Endpoint;
  readonly dispatcher: HttpDispatcher;
  readonly session?: readonly [
    name: string,
    value: string
  ];
  answered?(latencyMs: number): void;
  reported?(load: number): void;
  done(outcome: LeaseOutcome): void;
}

export interface EndpointLeaser {
  lease(serviceName: string, hints?: LeaseHints): EndpointLease;
  isReady(serviceName: string): boolean;
  ready(serviceName: string): Promise<void>;
}

export type EndpointRef = Pick<Endpoint, 'serviceName' | 'instanceId' | 'incarnation'>;

export interface EndpointRegistration {
  readonly serviceName: string;
  readonly instanceId?: string;
  readonly host: string;
  readonly port: number;
  readonly version?: string;
  readonly zone?: string;
  readonly weight?: number;
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tenant?: string;
}

export interface EndpointRegistry {
  register(registration: EndpointRegistration): Promise<Endpoint>;
  drain(ref: EndpointRef): Promise<void>;
  deregister(ref: EndpointRef): Promise<void>;
}

export interface EndpointSource {
  watchEndpoints(serviceName: string, listener: (change: EndpointChange) => void): () => void;
}

export type ErrorFactory<T> = <C extends keyof T & string>(code: C, details: DetailsOf<T[C]>, options?: {
  readonly cause?: unknown;
}) => TuttiError<C, DetailsOf<T[C]>>;

export interface ErrorSpec<D> {
  readonly retryable: boolean;
  readonly failure?: FailureClass | ((details: D) => FailureClass);
  message(details: D): string;
}

export type EventCatalogue = Readonly<Record<string, EventDefinition<any>>>;

export interface EventDefinition<D> {
  readonly schema: StandardSchemaV1<unknown, D>;
  readonly key?: (data: D) => string;
  readonly version: number;
  readonly upcast?: Upcasts;
  readonly priority?: Priority;
}

export interface EventDraft<T extends string = string, D = unknown> {
  readonly type: T;
  readonly source: string;
  readonly data: D;
  readonly id?: string;
}

export type EventDraftOf<C extends EventCatalogue> = {
  readonly [T in EventType<C>]: EventDraft<T, DataOf<C, T>>;
}[EventType<C>];

export interface EventLoopMonitor {
  sample(): EventLoopSample;
  stop(): void;
}

export interface EventLoopSample {
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
  readonly utilization: number;
}

export type EventOf<C, P extends EventPattern<C>> = {
  [T in MatchingTypes<C, P>]: CloudEvent<T, DataOf<C, T>>;
}[MatchingTypes<C, P>];

export interface EventOptions<D> {
  readonly key?: (data: D) => string;
  readonly version?: number;
  readonly upcast?: Upcasts;
  readonly priority?: Priority;
}

export type EventPattern<C> = EventType<C> | '**' | `${Prefixes<EventType<C>>}.**` | `${Prefixes<EventType<C>>}.*` | `${string}*${string}`;

export interface EventPublisher {
  publish(draft: EventDraft, call?: Call): Promise<Published>;
}

export interface EventSubscriber {
  subscribe(pattern: string, handler: (event: CloudEvent, call: Call) => Promise<void> | void, group: string): {
    stop(): Promise<void>;
  };
}

export type EventType<C> = keyof C & string;

export interface ExponentialOptions {
  readonly initial?: Duration;
  readonly factor?: number;
  readonly max?: Duration;
  readonly jitter?: number;
}

export type FailureClass = 'unsent' | 'unreachable' | 'transient' | 'timeout' | 'permanent' | 'cancelled';

export interface FailureRateOptions {
  readonly share?: number;
  readonly window?: Duration;
  readonly minCalls?: number;
}

export interface FallbackOptions<I, O> {
  readonly use: (input: I, call: Call, error: unknown) => O | Promise<O>;
  readonly when?: (error: unknown) => boolean;
}

export declare class Fifo<T> {
  #private;
  get size(): number;
  push(item: T): void;
  peek(): T | undefined;
  shift(): T | undefined;
  [Symbol.iterator](): Iterator<T>;
}

export interface FlagContext {
  readonly targetingKey?: string;
  readonly [attribute: string]: string | number | boolean | undefined;
}

export interface FlagReader {
  boolean(key: string, fallback: boolean, context?: FlagContext): boolean;
  string(key: string, fallback: string, context?: FlagContext): string;
  number(key: string, fallback: number, context?: FlagContext): number;
}

export interface GradientLimitOptions {
  readonly min?: number;
  readonly max?: number;
  readonly initial?: number;
  readonly tolerance?: number;
}

export type Handler<I, O> = (input: I, call: Call) => Promise<O>;

export interface Health {
  readonly status: HealthStatus;
  readonly reason?: string;
  readonly parts?: Readonly<Record<string, Health>>;
}

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

export interface HedgeOptions {
  readonly operation: string;
  readonly after: Duration | (() => number);
  readonly maxExtra?: number;
  readonly budget?: RetryBudget;
  readonly repeatable?: boolean | ((call: Call) => boolean);
}

export interface HeldLease {
  readonly name: string;
  readonly fence: number;
  readonly held: boolean;
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

export interface Hooks {
  open?(): Promise<void> | void;
  close?(): Promise<void> | void;
  probe?(): Promise<Health> | Health;
}

export interface HttpDispatcher {
  dispatch(request: DispatchRequest, handler: DispatchHandler): boolean;
}

export interface Inspectable {
  readonly feature: string;
  resources(): readonly InspectableResource[];
  actions(): readonly InspectableAction[];
}

export interface InspectableAction {
  readonly name: string;
  readonly destructive: boolean;
  readonly details?: StandardSchemaV1;
  run(input: ActionInput): Promise<Readonly<Record<string, unknown>>>;
}

export interface InspectableResource {
  readonly name: string;
  list(page: PageRequest): Promise<Page<Readonly<Record<string, unknown>>>>;
}

export interface KeyValue {
  get(key: string): Promise<Uint8Array | undefined>;
  set(key: string, value: Uint8Array, ttlMs: number): Promise<void>;
  setIfAbsent(key: string, value: Uint8Array, ttlMs: number): Promise<boolean>;
  delete(key: string): Promise<void>;
}

export type Layer<I, O> = (next: Handler<I, O>) => Handler<I, O>;

export interface LeaderOptions {
  readonly lease: Lease;
  readonly name: string;
  readonly lead: (held: HeldLease) => Promise<void>;
  readonly ttl?: Duration;
  readonly retryEvery?: Duration;
  readonly runtime?: Runtime;
}

export interface Lease {
  tryAcquire(name: string, ttlMs: number): Promise<HeldLease | undefined>;
}

export interface LeaseHints {
  readonly exclude?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
  readonly principal?: string | undefined;
  readonly headers?: RequestHeaders | undefined;
  readonly version?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

export interface LeaseOutcome {
  readonly kind: 'success' | 'failure' | 'cancelled' | 'rejected';
  readonly latencyMs: number;
  readonly status?: number;
  readonly error?: unknown;
}

export interface LeasedRateLimiter extends RateLimiter {
  readonly away: boolean;
}

export interface LeasedRateLimiterOptions {
  readonly batch: number;
  readonly nodes: number;
  readonly storeTimeout?: Duration;
  readonly whenAway?: 'refuse' | 'local';
  readonly awayPause?: Duration;
  readonly maxKeys?: number;
  readonly runtime?: Runtime;
}

export interface LimitPolicy {
  readonly learns: boolean;
  limit(): ConcurrencyLimit;
}

export interface LoadReport {
  readonly utilization: number;
  readonly queueAgeMs: number;
}

export interface LoadReporter {
  report(): LoadReport;
  write(headers: Record<string, string>): void;
}

export interface LoadReporterOptions {
  readonly runtime: Runtime;
  readonly monitor: Pick<EventLoopMonitor, 'sample'>;
  readonly gate?: Pick<AdmissionGate, 'queueAgeMs'>;
  readonly every?: Duration;
}

export type LogFields = Readonly<Record<string, unknown>>;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LoggedOptions {
  readonly operation: string;
  readonly failureLevel?: LogLevel;
  readonly successLevel?: LogLevel;
}

export interface Logger {
  enabled(level: LogLevel): boolean;
  log(level: LogLevel, message: string, fields?: LogFields): void;
}

export interface ManualClock extends Clock {
  advance(ms: number): Promise<void>;
  nextDelayMs(): number | undefined;
}

export interface ManualClockOptions {
  readonly settle?: 'turn' | 'microtasks';
}

export type MatchingTypes<C, P extends string> = {
  [T in EventType<C>]: Matches<T, P> extends true ? T : never;
}[EventType<C>];

export interface MemoryConfigStoreOptions extends ConfigLimits {
  readonly runtime?: Runtime;
}

export interface MemoryKeyValueOptions {
  readonly maxBytes?: number;
  readonly runtime?: Runtime;
}

export interface MemoryRateLimiter extends RateLimiter {
  readonly size: number;
  takeNow(key: string, limit: RateLimit, cost?: number): RateLimitVerdict;
}

export interface MemoryRateLimiterOptions {
  readonly maxKeys?: number;
  readonly whenFull?: 'refuse' | 'forget';
  readonly runtime?: Runtime;
}

export interface MeteredOptions {
  readonly operation: string;
}

export type MetricLabels = Readonly<Record<string, string>>;

export interface MetricQuery {
  latest(name: string, labels?: MetricLabels): Promise<readonly MetricSample[]>;
}

export interface MetricSample {
  readonly name: string;
  readonly labels: MetricLabels;
  readonly value: number;
}

export interface MetricSink {
  count(name: string, by: number, labels?: MetricLabels): void;
  gauge(name: string, value: number, labels?: MetricLabels): void;
  observe(name: string, value: number, labels?: MetricLabels): void;
}

export interface Observable<E> {
  on<N extends keyof E & string>(event: N, listener: (event: E[N]) => void): () => void;
}

export interface Observers<E> extends Observable<E> {
  listening(event: keyof E & string): boolean;
  emit<N extends keyof E & string>(event: N, told: E[N]): void;
}

export interface OptionRules<T> {
  readonly required?: Readonly<Partial<Record<keyof T & string, Rule>>>;
  readonly optional?: Readonly<Partial<Record<keyof T & string, Rule>>>;
}

export interface OutcomeDelta {
  readonly replica: string;
  readonly sequence: number;
  readonly serviceName: string;
  readonly version: string;
  readonly planRevision: number;
  readonly assigned: boolean;
  readonly ok: number;
  readonly errors: number;
  readonly latencyBuckets: readonly number[];
  readonly failedUnits?: {
    readonly hashes: readonly number[];
    readonly cut: boolean;
  };
}

export interface OutcomeStream {
  watchOutcomes(listener: (delta: OutcomeDelta) => void): () => void;
}

export type OutcomeSum = Omit<OutcomeDelta, 'replica' | 'sequence'>;

export interface OutcomeTotals {
  readonly replicas: Readonly<Record<string, ReplicaOutcomes>>;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly after?: string;
}

export interface Place<T> {
  readonly item: T;
}

export declare class Places {
  #private;
  constructor(operation: string, max: number, maxWaiting: number);
  get taken(): number;
  get waiting(): number;
  resize(max: number, maxWaiting: number): void;
  tryEnter(): boolean;
  leave(): void;
  wait(call: Call, priority: Priority): Promise<void>;
  overloaded(): unknown;
}

export type Priority = 'high' | 'normal' | 'low';

export type Probe = {
  readonly kind: 'http';
  readonly url: string;
  readonly identity?: string;
} | {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
};

export interface Prober {
  watchHealth(probe: Probe, listener: (health: Health) => void): () => void;
}

export interface ProtectOptions {
  readonly operation: string;
  readonly timeout?: Duration;
  readonly retry?: RetryOptions;
  readonly breaker?: Omit<BreakerOptions, 'operation'>;
  readonly bulkhead?: Omit<BulkheadOptions, 'operation'>;
  readonly attemptTimeout?: Duration;
}

export interface Protection {
  <I, O>(next: Handler<I, O>): Handler<I, O>;
  readonly operation: string;
  readonly breaker: Pick<Breaker, 'operation' | 'state' | 'force'> | undefined;
  readonly bulkhead: Pick<Bulkhead, 'operation' | 'active' | 'queued'> | undefined;
}

export interface Published {
  readonly id: string;
  readonly duplicate: boolean;
}

export type Random = () => number;

export interface RateLimit {
  readonly tokens: number;
  readonly refillRate: number;
}

export interface RateLimitVerdict {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly retryAfterMs: number;
  readonly resetMs: number;
  readonly limit: number;
}

export interface RateLimiter {
  readonly errorBound: number;
  take(key: string, limit: RateLimit, cost?: number): Promise<RateLimitVerdict>;
}

export interface Repeating {
  trigger(): void;
  stop(): Promise<void>;
}

export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export type ResourceRow = Readonly<Record<string, unknown>> & {
  readonly id: string;
};

export interface RetryBudget {
  deposit(now: number): void;
  withdraw(now: number): boolean;
}

export interface RetryBudgetOptions {
  readonly share?: number;
  readonly minPerSecond?: number;
  readonly window?: Duration;
}

export interface RetryOptions {
  readonly maxAttempts?: number;
  readonly backoff?: Backoff;
  readonly retryIf?: (error: unknown) => boolean;
  readonly repeatable?: boolean | ((call: Call) => boolean);
  readonly budget?: RetryBudget;
  readonly onRetry?: (event: {
    readonly error: unknown;
    readonly attempt: number;
    readonly delayMs: number;
  }) => void;
}

export interface RootFields extends CallFields {
  readonly runtime?: Runtime;
  readonly signal?: AbortSignal;
}

export declare class Roster<T> {
  #private;
  get size(): number;
  enter(item: T): Place<T>;
  leave(place: Place<T>): void;
  get places(): Place<T>[];
  get items(): T[];
}

export type Rule = (value: unknown) => string | undefined;

export interface RunUntilSignalOptions {
  readonly signals?: readonly NodeJS.Signals[];
}

export interface Runtime {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: Random;
  readonly telemetry: Telemetry;
}

export declare class Secret {
  #private;
  private constructor();
  static of(value: string | Readonly<Record<string, unknown>>): Secret;
  reveal(field?: string): string;
  equals(other: Secret): boolean;
  toString(): string;
  toJSON(): string;
  [Symbol.toPrimitive](): string;
}

export interface SecretSource {
  readonly name: string;
  get(name: string): Promise<Secret | undefined>;
  watch(name: string, listener: (secret: Secret | undefined) => void): () => void;
}

export type ServiceCaller = Handler<ServiceRequest, ServiceResponse>;

export interface ServiceRequest {
  readonly serviceName: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface ServiceResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  text(): string;
  json(): unknown;
}

export interface SingleFlightOptions<I> {
  readonly operation: string;
  readonly key: (input: I, call: Call) => string | undefined;
}

export interface Span {
  readonly traceparent: string;
  set(name: string, value: SpanValue): void;
  run<T>(work: () => T): T;
  end(error?: unknown): void;
}

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export interface SpanStart {
  readonly kind: SpanKind;
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
  readonly attributes?: Readonly<Record<string, SpanValue>>;
}

export type SpanValue = string | number | boolean;

export type SqlValue = null | number | bigint | string | Uint8Array;

export interface StallWatch {
  watch(): void;
  unwatch(): void;
  total(now: number): number;
  stalled(since: number, now: number): boolean;
}

export declare class Stamps {
  #private;
  constructor(runtime: Runtime);
  next(): void;
  get time(): string;
  get id(): string;
  get epochMs(): number;
  get traceparent(): string;
}

export interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
  readonly expectedRows?: number;
}

export interface SystemOptions {
  readonly drainTimeout?: Duration;
  readonly runtime?: Runtime;
}

export interface Tally {
  success(clock: Clock): void;
  failure(clock: Clock): boolean;
  reset(): void;
}

export interface Telemetry {
  readonly tracer: Tracer | undefined;
  readonly metrics: MetricSink | undefined;
}

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly hosts: readonly string[];
}

export interface TenantDirectory {
  byId(id: string): Tenant | undefined;
  byHost(host: string): Tenant | undefined;
}

export type TenantScope = string | typeof everyTenant;

export declare class TerminalError extends TuttiError<'TERMINAL', {
  readonly reason: string;
}> {
  constructor(reason: string, options?: {
    readonly cause?: unknown;
  });
}

export interface Throttle {
  <I, O>(next: Handler<I, O>): Handler<I, O>;
  readonly operation: string;
  readonly queued: number;
}

export interface ThrottleOptions {
  readonly operation: string;
  readonly every: Duration;
  readonly burst?: number;
  readonly maxQueue?: number;
}

export type Ticket = number;

export interface TimeoutOptions {
  readonly operation: string;
  readonly timeout?: Duration;
}

export interface Timer {
  cancel(): void;
  unref(): void;
  ref(): void;
}

export interface TracedOptions {
  readonly operation: string;
  readonly kind?: SpanKind;
  readonly attributes?: (call: Call) => Readonly<Record<string, SpanValue>>;
}

export interface Tracer {
  start(name: string, start: SpanStart): Span;
}

export interface TrafficControl {
  apply(plan: TrafficPlan, expectedRevision: number, actor?: string): Promise<number>;
  acknowledged(serviceName: string, revision: number, deadline: Duration): Promise<{
    readonly lagging: readonly string[];
  }>;
  rollback(serviceName: string, toRevision: number, actor: string): Promise<number>;
  history(serviceName: string, limit: number): Promise<readonly TrafficRevision[]>;
}

export interface TrafficMatch {
  readonly tenant?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TrafficPlan {
  readonly serviceName: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly rules?: readonly TrafficRule[];
  readonly bucketBy?: TrafficUnit;
  readonly fallback?: 'none' | 'others';
}

export interface TrafficRevision {
  readonly revision: number;
  readonly plan?: TrafficPlan;
  readonly problem?: string;
  readonly actor: string;
  readonly changedAt: string;
}

export interface TrafficRule {
  readonly when: TrafficMatch;
  readonly version: string;
}

export type TrafficUnit = 'tenant' | 'principal' | {
  readonly header: string;
};

export interface TripPolicy {
  tally(): Tally;
}

export declare class TuttiError<C extends string = string, D = unknown> extends Error {
  readonly code: C;
  readonly details: D;
  readonly retryable: boolean;
  readonly failure: FailureClass;
  readonly '@tutti/error': true;
  constructor(code: C, details: D, spec: ErrorSpec<D>, options?: {
    readonly cause?: unknown;
  });
  static is<C extends string = string>(value: unknown, code?: C): value is TuttiError<C>;
  toJSON(): {
    readonly code: C;
    readonly message: string;
    readonly details: D;
    readonly retryable: boolean;
  };
}

export type Upcast = {
  step(data: unknown): unknown;
}['step'];

export type Upcasts = Readonly<Record<number, Upcast>>;

export interface WriteSet {
  readonly name: string;
  readonly statements: readonly Statement[];
}

export declare function admission(options: AdmissionOptions): Admission;

export declare const admissionDefaults: {
  readonly queue: 100;
};

export declare function anyOf(...rules: readonly Rule[]): Rule;

export declare function breaker(options: BreakerOptions): Breaker;

export declare const breakerDefaults: {
  readonly openFor: "10s";
  readonly openForMax: "2m";
  readonly probes: 1;
  readonly successesToClose: 1;
};

export declare function bulkhead(options: BulkheadOptions): Bulkhead;

export declare const bulkheadDefaults: {
  readonly maxQueue: 0;
};

export declare const callHeaders: Readonly<Record<'traceparent' | 'tracestate' | 'baggage' | 'correlationId' | 'idempotencyKey' | 'remainingMs' | 'attempt' | 'tenant' | 'principal' | 'exhausted', string>>;

export declare const callable: Rule;

export declare function checkData<D>(path: string, schema: StandardSchemaV1<unknown, D>, value: unknown): Promise<D>;

export declare function checkDataNow<D>(path: string, schema: StandardSchemaV1<unknown, D>, value: unknown): D | Promise<D>;

export declare function checkOptions<T extends object, D extends Partial<T>>(path: string, options: T | undefined, rules: OptionRules<T>, defaults?: D): T & Required<Pick<T, keyof D & keyof T>>;

export declare function checkRateLimit(path: string, limit: RateLimit): RateLimit;

export declare function component(name: string, hooks: Hooks): Component;

export declare function compose<I, O>(handler: Handler<I, O>, layers: readonly Layer<I, O>[]): Handler<I, O>;

export declare const configLimitsDefaults: {
  readonly maxHistory: 100;
  readonly maxValueBytes: 65536;
};

export declare function consecutiveFailures(count: number): TripPolicy;

export declare function consoleLogger(options?: ConsoleLoggerOptions): Logger;

export declare const consoleLoggerDefaults: {
  readonly level: "info";
};

export declare const coreError: ErrorFactory<CoreErrors>;

export declare const coreErrors: CoreErrors;

export declare function currentCall(): Call | undefined;

export declare function deadlineWheel(clock: Clock): DeadlineWheel;

export declare const defaultRuntime: Runtime;

export declare function defineErrors<T extends object>(table: T): ErrorFactory<T>;

export declare function defineEvents<const C extends EventCatalogue>(events: C): C;

export declare const duration: Rule;

export declare const durationMetric = "tutti_operation_duration_seconds";

export declare function durationMs(value: Duration, path?: string): number;

export declare function event<S extends StandardSchemaV1>(schema: S, options?: EventOptions<StandardSchemaV1.InferOutput<S>>): EventDefinition<StandardSchemaV1.InferOutput<S>>;

export declare function eventLoopMonitor(): EventLoopMonitor;

export declare const everyTenant: unique symbol;

export declare function exponential(options?: ExponentialOptions, path?: string): Backoff;

export declare const exponentialDefaults: {
  readonly initial: "100ms";
  readonly factor: 2;
  readonly max: "10s";
  readonly jitter: 0.5;
};

export declare function failureClass(error: unknown): FailureClass;

export declare function failureRate(options?: FailureRateOptions): TripPolicy;

export declare const failureRateDefaults: {
  readonly share: 0.5;
  readonly window: "10s";
  readonly minCalls: 20;
};

export declare function fallback<I, O>(options: FallbackOptions<I, O>): Layer<I, O>;

export declare function finiteNumber(range?: {
  readonly min?: number;
  readonly max?: number;
}): Rule;

export declare const flag: Rule;

export declare function fnv1a(text: string, basis?: number): number;

export declare function gradientLimit(options?: GradientLimitOptions): LimitPolicy;

export declare const gradientLimitDefaults: {
  readonly min: 20;
  readonly max: 200;
  readonly tolerance: 1.5;
};

export declare function hedge(options: HedgeOptions): AnyLayer;

export declare const hedgeDefaults: {
  readonly maxExtra: 1;
  readonly repeatable: true;
};

export declare function httpOrigin({ host, port }: {
  readonly host: string;
  readonly port: number;
}): string;

export declare function isIdempotentMethod(method: string): boolean;

export declare function isNotBegun(error: unknown): boolean;

export declare function isRetryable(error: unknown): boolean;

export declare function isTargetFailure(error: unknown): boolean;

export declare function isTransportFailure(error: Error): boolean;

export declare function isUnsendable(error: Error): boolean;

export declare function jsonLogger(level?: LogLevel, write?: (line: string) => void): Logger;

export declare function leader(options: LeaderOptions): Component;

export declare const leaderDefaults: {
  readonly ttl: "15s";
  readonly retryEvery: "5s";
};

export declare function leasedRateLimiter(store: RateLimiter, options: LeasedRateLimiterOptions): LeasedRateLimiter;

export declare const leasedRateLimiterDefaults: {
  readonly storeTimeout: "100ms";
  readonly whenAway: "refuse";
  readonly awayPause: "1s";
  readonly maxKeys: 100000;
};

export declare function listOf(rule: Rule): Rule;

export declare function loadReporter(options: LoadReporterOptions): LoadReporter;

export declare const loadReporterDefaults: {
  readonly every: "100ms";
};

export declare function logged(options: LoggedOptions): AnyLayer;

export declare const loggedDefaults: {
  readonly failureLevel: "warn";
  readonly successLevel: "debug";
};

export declare function manualClock(startMs?: number, options?: ManualClockOptions): ManualClock;

export declare const manualClockDefaults: {
  readonly settle: "turn";
};

export declare function matching(words: string, pattern: RegExp): Rule;

export declare function memoryConfigStore(options?: MemoryConfigStoreOptions): ConfigStore;

export declare function memoryKeyValue(options?: MemoryKeyValueOptions): KeyValue;

export declare const memoryKeyValueDefaults: {
  readonly maxBytes: 67108864;
};

export declare function memoryLease(options?: {
  readonly runtime?: Runtime;
}): Lease;

export declare function memoryRateLimiter(options?: MemoryRateLimiterOptions): MemoryRateLimiter;

export declare const memoryRateLimiterDefaults: {
  readonly maxKeys: 1000000;
  readonly whenFull: "refuse";
};

export declare function mergeOutcomes(left: OutcomeTotals, right: OutcomeTotals | OutcomeDelta): OutcomeTotals;

export declare function messageOf(error: unknown): string;

export declare function metered(options: MeteredOptions): AnyLayer;

export declare function newId({ clock, random }: Pick<Runtime, 'clock' | 'random'>): string;

export declare function newTraceparent({ random }: Pick<Runtime, 'random'>): string;

export declare const noOutcomes: OutcomeTotals;

export declare const noPlace: AdmissionTicket;

export declare function objectWith(words: string, ...members: readonly string[]): Rule;

export declare function observers<E>(logger: Logger): Observers<E>;

export declare function oneOf(...values: readonly unknown[]): Rule;

export declare function pause(call: Call, delayMs: number): Promise<void>;

export declare function protect(options: ProtectOptions): Protection;

export declare function protectAttempts<I, O, T extends object>(options: ProtectOptions, attempts: AttemptGuard<I, T>, work: (input: I, call: Call, taken: T) => Promise<O>): Handler<I, O>;

export declare function readBaggage(header: string | undefined): ReadonlyMap<string, string>;

export declare function readCallAmqp(headers: Readonly<Record<string, unknown>> | undefined, runtime: Runtime): Call;

export declare function readCallAttributes(attributes: CallAttributes | Readonly<Record<string, unknown>>, runtime: Runtime): Call;

export declare function readCallHeaders(headers: Incoming, options: ReadCallOptions): Call;

export declare function readCallKafka(headers: Readonly<Record<string, unknown>> | undefined, runtime: Runtime): Call;

export declare function readLoadHeader(headers: Readonly<Record<string, string | readonly string[] | undefined>>): LoadReport | undefined;

export declare function readResultHeaders(call: Call, failure: unknown, headers: Incoming): void;

export declare const realClock: Clock;

export declare const refused = -1;

export declare function repeat(runtime: Runtime, options: {
  readonly name: string;
  readonly intervalMs: number | (() => number);
  readonly jitter?: number;
}, turn: () => void | Promise<void>): Repeating;

export declare function resourceById(name: string, rows: () => Iterable<ResourceRow> | Promise<Iterable<ResourceRow>>): InspectableResource;

export declare function retry(options?: RetryOptions): AnyLayer;

export declare function retryBudget(options?: RetryBudgetOptions): RetryBudget;

export declare const retryBudgetDefaults: {
  readonly share: 0.2;
  readonly minPerSecond: 10;
  readonly window: "10s";
};

export declare const retryDefaults: {
  readonly maxAttempts: 3;
  readonly repeatable: true;
};

export declare function runUntilSignal(part: Component, options?: RunUntilSignalOptions): Promise<NodeJS.Signals>;

export declare const runUntilSignalDefaults: {
  readonly signals: readonly NodeJS.Signals[];
};

export declare function runWithCall<T>(call: Call, work: () => T): T;

export declare function seededRandom(seed: number): Random;

export declare function shown(value: unknown): string;

export declare const silentLogger: Logger;

export declare const silentTelemetry: Telemetry;

export declare function singleFlight<I, O>(options: SingleFlightOptions<I>): Layer<I, O>;

export declare function sleep(clock: Clock, delayMs: number, options?: {
  readonly signal?: AbortSignal;
  readonly background?: boolean;
}): Promise<void>;

export declare function stallWatch(clock: Clock): StallWatch;

export declare function staticTenants(tenants: readonly Tenant[]): TenantDirectory;

export declare function sumOutcomes(totals: OutcomeTotals): readonly OutcomeSum[];

export declare function system(name: string, parts: readonly (Component | Dependent)[], options?: SystemOptions): Component;

export declare const systemDefaults: {
  readonly drainTimeout: "30s";
};

export declare function systemRandom(): Random;

export declare const tenantScope: Rule;

export declare const text: Rule;

export declare function throttle(options: ThrottleOptions): Throttle;

export declare const throttleDefaults: {
  readonly burst: 1;
  readonly maxQueue: 1000;
};

export declare function timeout(options: TimeoutOptions): AnyLayer;

export declare function traced(options: TracedOptions): AnyLayer;

export declare const tracedDefaults: {
  readonly kind: "internal";
};

export declare function wellFormedText(max: number): Rule;

export declare function wholeNumber(range?: {
  readonly min?: number;
  readonly max?: number;
}): Rule;

export declare function worst(parts: Readonly<Record<string, Health>>): Health;

export declare function writeBaggage(members: Iterable<readonly [
  string,
  string
]>): string;

export declare function writeCallAmqp(call: Call, headers: Record<string, unknown>): void;

export declare function writeCallAttributes(call: Call): CallAttributes;

export declare function writeCallHeaders(call: Call, headers: Record<string, string>): void;

export declare function writeCallKafka(call: Call, headers: Record<string, Uint8Array>): void;

export declare function writeLoadHeader(headers: Record<string, string>, report: LoadReport): void;

export declare function writeResultHeaders(call: Call, failure: unknown, headers: Record<string, string>): void;

// not exported, but part of what is

declare const unitsMs: {
  readonly ms: 1;
  readonly s: 1000;
  readonly m: 60000;
  readonly h: 3600000;
  readonly d: 86400000;
  readonly w: 604800000;
};

interface AdmissionSettings {
  readonly operation: string;
  readonly limit: LimitPolicy;
  readonly maxQueue: Readonly<Record<AdmissionClass, number>>;
  classOf(call: Call): AdmissionClass;
  tenantOf(call: Call): string | undefined;
}

interface ReadCallOptions {
  readonly from: 'client' | 'peer';
  readonly runtime: Runtime;
  readonly signal?: AbortSignal | undefined;
  readonly correlationId?: string;
  readonly traceparent?: string;
}

interface ReplicaOutcomes {
  readonly through: number;
  readonly sums: readonly OutcomeSum[];
  readonly loose: readonly OutcomeDelta[];
}

type Incoming = Readonly<Record<string, string | readonly string[] | undefined>>;

type IncomingHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

type Matches<T extends string, P extends string> = P extends '**' ? true : P extends `${infer PHead}.${infer PRest}` ? T extends `${infer THead}.${infer TRest}` ? PHead extends '*' | THead ? Matches<TRest, PRest> : false : false : T extends `${string}.${string}` ? false : P extends '*' | T ? true : false;

type Prefixes<T extends string> = T extends `${infer Head}.${infer Rest}` ? Head | `${Head}.${Prefixes<Rest>}` : never;
