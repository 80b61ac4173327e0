// @tutti/core/testing

import { AnyLayer, Breaker, Clock, Component, ConfigStore, Handler, Inspectable, KeyValue, Lease, Random, RateLimiter, Runtime, SecretSource, SqlValue, Throttle, WriteSet } from '@tutti/core';

export type AsyncMethod<T> = {
  [M in keyof T]-?: T[M] extends (...args: never[]) => Promise<unknown> ? M : never;
}[keyof T] & string;

export type BreakerCapabilities = Readonly<{
  ignoresProbes: boolean;
}>;

export interface BreakerSubject {
  readonly breaker: Breaker;
  readonly runtime: Runtime;
  readonly openForMs: number;
  pass(ms: number): Promise<void>;
}

export type ClockCapabilities = Readonly<{
  ordered: boolean;
}>;

export interface ClockSubject {
  readonly clock: Clock;
  pass(ms: number): Promise<void>;
}

export interface ConfigStoreSubject {
  readonly store: ConfigStore;
  readonly other: ConfigStore;
}

export interface CrashPoint {
  readonly name: string;
  readonly when: 'before' | 'after';
  readonly count: number;
}

export interface CrashPointDatabase extends SqliteDatabase {
  readonly writeNames: readonly string[];
}

export interface CrashSweep {
  readonly points: readonly string[];
  readonly missed: readonly string[];
  readonly problems: readonly string[];
}

export interface CrashSweepOptions {
  readonly program: URL;
  readonly args?: readonly string[];
  readonly wanted?: (point: string) => boolean;
  readonly check: (folder: string, point: string) => Promise<readonly string[]>;
  readonly mayMiss?: (point: string) => boolean;
  readonly parallel?: number;
}

export declare class Crew {
  #private;
  constructor(program: string, args: readonly string[]);
  get size(): number;
  pid(index: number): number;
  running(index: number): boolean;
  signal(index: number, name: NodeJS.Signals): void;
  replace(index: number): Promise<void>;
  ended(): Promise<(number | null)[]>;
  killAll(): void;
}

export interface DatabaseRole {
  readonly ttlMs?: number;
  readonly maxTtlMs?: number;
  readonly renewable?: boolean;
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

export interface FakeAppRole {
  readonly roleId: string;
  secretId(uses?: number): string;
}

export declare class FakeVault {
  #private;
  readonly rootToken: string;
  readonly fetch: VaultFetch;
  readonly requests: FakeVaultRequest[];
  weather: FakeVaultWeather;
  constructor(runtime: Runtime);
  policy(name: string, rules: PolicyRules): void;
  token(role: TokenRole): string;
  appRole(role: TokenRole): FakeAppRole;
  kubernetesRole(name: string, role: TokenRole, jwts: readonly string[]): void;
  databaseRole(name: string, role: DatabaseRole): void;
  put(key: `${keyof typeof kvMounts}/${string}`, data: Readonly<Record<string, unknown>>): void;
  delete(key: `${keyof typeof kvMounts}/${string}`): void;
  accepts(username: string, password: string): boolean;
  get liveLeases(): readonly string[];
  get issuedLeases(): number;
  get liveTokens(): readonly string[];
  revokeToken(id: string): void;
  revokeLease(id: string): void;
  seal(): void;
  unseal(): void;
  standby(activeUrl: string | undefined): void;
  force(answer: FakeAnswer, times?: number): void;
  count(path: string): number;
  listen(): Promise<string>;
  close(): Promise<void>;
}

export interface FakeVaultRequest {
  readonly method: string;
  readonly path: string;
  readonly namespace: string | undefined;
  readonly status: number;
  readonly at: number;
}

export type FakeVaultWeather = 'fair' | 'busy' | 'refusing' | 'hanging';

export interface FatalWrites {
  make<T>(name: string, write: () => Promise<T>): Promise<T>;
}

export type Fault = 'fail' | 'drop' | 'duplicate' | 'delay' | 'pass';

export type FaultList<T> = {
  readonly [M in AsyncMethod<T>]?: readonly Fault[];
};

export interface FaultSeed<T> {
  readonly seed: number;
  readonly methods: readonly AsyncMethod<T>[];
  readonly rates: {
    readonly [F in Exclude<Fault, 'pass'>]?: number;
  };
}

export interface Faulty<T> {
  readonly adapter: T;
  readonly played: readonly PlayedFault[];
  heal(): void;
  toString(): string;
}

export interface FaultyOptions<T> {
  readonly plan: {
    readonly calls: FaultList<T>;
  } | FaultSeed<T>;
  readonly clock?: Clock;
  readonly delayMs?: number;
  readonly error?: (method: string) => unknown;
}

export interface InspectableSubject {
  readonly inspectable: Inspectable;
}

export interface KeyValueSubject {
  readonly store: KeyValue;
  readonly other: KeyValue;
  pass(ms: number): Promise<void>;
}

export type Latency = (random: Random) => number;

export interface Law<S, C = Readonly<Record<string, boolean>>> {
  readonly id: string;
  readonly title: string;
  readonly requires?: keyof C & string;
  run(subject: S): Promise<void>;
}

export interface LawSubject {
  readonly capabilities?: Readonly<Record<string, boolean>>;
  dispose?(): Promise<void> | void;
}

export interface LayerSubject {
  readonly layer: AnyLayer;
}

export interface LeaseSubject {
  readonly lease: Lease;
  readonly other: Lease;
  pass(ms: number): Promise<void>;
}

export interface LinkConditions {
  readonly latency?: Latency;
  readonly loss?: number;
  readonly duplication?: number;
  readonly reordering?: number;
}

export interface LogLine {
  readonly file: string;
  readonly words: readonly string[];
}

export type MakeSubject<S> = () => Promise<S & LawSubject> | (S & LawSubject);

export interface ManualClock extends Clock {
  advance(ms: number): Promise<void>;
  nextDelayMs(): number | undefined;
}

export interface ManualClockOptions {
  readonly settle?: 'turn' | 'microtasks';
}

export declare class MemberLog {
  #private;
  constructor(folder: string, name: string);
  write(...lines: readonly string[]): void;
  writeForGood(...lines: readonly string[]): void;
  close(): void;
}

export interface NetworkLink {
  handler<I, O>(service: string): Handler<I, O>;
  send(service: string, message: unknown): void;
}

export interface NodeFace {
  readonly name: string;
  readonly up: boolean;
}

export interface NodeLife {
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
  serve<I, O>(service: string, handler: Handler<I, O>): void;
  receive<M>(service: string, listener: (message: M) => void): void;
}

export type NodeProgram = (life: NodeLife) => void;

export interface PlayedFault {
  readonly method: string;
  readonly call: number;
  readonly fault: Fault;
}

export type PolicyRules = Readonly<Record<string, readonly string[]>>;

export type RateLimiterCapabilities = {
  readonly strict: boolean;
};

export interface RateLimiterSubject {
  readonly limiter: RateLimiter;
  pass(ms: number): Promise<void>;
  now(): number;
}

export interface SecretCapabilities extends Readonly<Record<string, boolean>> {
  readonly changes: boolean;
  readonly counted: boolean;
}

export interface SecretSubject {
  readonly source: SecretSource;
  put(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
  settle(): Promise<void>;
  questions(): number;
}

export interface SimulateOptions {
  readonly name: string;
  readonly seeds?: number;
  readonly firstSeed?: number;
  readonly pinned?: readonly number[];
  readonly pinFile?: URL;
  readonly run: (sim: Simulation) => Promise<void>;
}

export type SimulatedFaults<T> = Omit<FaultSeed<T>, 'seed'> & Pick<FaultyOptions<T>, 'delayMs' | 'error'>;

export interface SimulatedNetwork {
  node(name: string, program?: NodeProgram): NodeFace;
  link(from: string, to: string): NetworkLink;
  change(from: string, to: string, conditions: LinkConditions): void;
  partition(some: readonly string[], others: readonly string[], how?: 'both-ways' | 'one-way'): void;
  heal(): void;
  crash(name: string): void;
  restart(name: string): void;
}

export interface SimulatedNetworkOptions {
  readonly runtime: Runtime;
  readonly conditions?: LinkConditions;
  readonly note?: (words: string) => void;
}

export interface Simulation {
  readonly seed: number;
  readonly runtime: TestRuntime;
  below(limit: number): number;
  pick<T>(items: readonly [
    T,
    ...T[]
  ]): T;
  chance(share: number): boolean;
  network(conditions?: LinkConditions): SimulatedNetwork;
  faults<T extends object>(adapter: T, faults: SimulatedFaults<T>): Faulty<T>;
  note(words: string): void;
  always(what: string, holds: () => boolean | string | undefined): void;
  pass(ms: number): Promise<void>;
  within<T>(ms: number, work: Promise<T>): Promise<T>;
}

export interface SimulationReport {
  readonly seeds: number;
  readonly steps: number;
}

export interface SqliteSubject {
  readonly database: SqliteDatabase;
}

export interface StreamFaults {
  readonly latencyMs?: number;
  readonly jitterMs?: number;
  readonly bytesPerSecond?: number;
  readonly sliceBytes?: number;
  readonly blackHole?: boolean;
  readonly endAfterBytes?: number;
}

export type Strike = () => Promise<void>;

export interface TcpFaultProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly open: number;
  readonly accepted: number;
  change(faults: TcpFaults): Promise<void>;
  heal(): Promise<void>;
  end(ending: 'cut' | 'reset'): void;
  close(): Promise<void>;
}

export interface TcpFaultProxyOptions {
  readonly target: {
    readonly host?: string;
    readonly port: number;
  };
  readonly faults?: TcpFaults;
  readonly random?: Random;
}

export interface TcpFaults {
  readonly connect?: 'forward' | 'half-open' | 'refuse';
  readonly toTarget?: StreamFaults;
  readonly toClient?: StreamFaults;
  readonly cutAfterRequest?: boolean;
  readonly ending?: 'cut' | 'reset';
}

export type TestFunction = (title: string, run: () => Promise<void>) => unknown;

export interface TestRuntime extends Runtime {
  readonly clock: ManualClock;
}

export interface ThrottleSubject {
  readonly throttle: Throttle;
  readonly runtime: Runtime;
  readonly everyMs: number;
  readonly toleranceMs: number;
  pass(ms: number): Promise<void>;
}

export interface TokenRole {
  readonly policies?: readonly string[];
  readonly ttlMs?: number;
  readonly maxTtlMs?: number;
  readonly renewable?: boolean;
  readonly numUses?: number;
}

export declare function atFullSize(): boolean;

export declare const breakerLaws: readonly Law<BreakerSubject, BreakerCapabilities>[];

export declare function checkLaws<S, C extends Readonly<Record<string, boolean>>>(test: TestFunction, laws: readonly Law<S, C>[], make: MakeSubject<S>, capabilities?: C): void;

export declare const clockLaws: readonly Law<ClockSubject, ClockCapabilities>[];

export declare const configStoreLaws: readonly Law<ConfigStoreSubject>[];

export declare function crashPoints(database: SqliteDatabase, at: (point: CrashPoint) => void): CrashPointDatabase;

export declare const crashSweepDefaults: {
  readonly parallel: 3;
};

export declare function crashingDatabase(database: SqliteDatabase): SqliteDatabase;

export declare function cutLines(proxy: TcpFaultProxy, cuts: number, random: Random, afterEach: () => void): Promise<void>;

export declare function eventually<T>(what: string, probe: () => Promise<T | undefined | false> | T | undefined | false, timeoutMs?: number, intervalMs?: number): Promise<T>;

export declare function fakeVault(runtime: Runtime): FakeVault;

export declare function fatalWrites(): FatalWrites;

export declare function faultScale(full: number, share?: number): number;

export declare function faulty<T extends object>(adapter: T, options: FaultyOptions<T>): Faulty<T>;

export declare const faultyDefaults: {
  readonly delayMs: 100;
};

export declare const inspectableLaws: readonly Law<InspectableSubject>[];

export declare const keyValueLaws: readonly Law<KeyValueSubject>[];

export declare const layerLaws: readonly Law<LayerSubject>[];

export declare const leaseLaws: readonly Law<LeaseSubject>[];

export declare const linkDefaults: Required<LinkConditions>;

export declare function logLines(folder: string, begin: string): Iterable<LogLine>;

export declare const longTailLatency: (medianMs: number, spread?: number) => Latency;

export declare function manualClock(startMs?: number, options?: ManualClockOptions): ManualClock;

export declare function missingTool(program: string): boolean;

export declare function pinSeed(file: URL, seed: number): void;

export declare function pinnedSeeds(file: URL): readonly number[];

export declare const rateLimiterLaws: readonly Law<RateLimiterSubject, RateLimiterCapabilities>[];

export declare const secretLawNames: readonly [
  "smtp-password",
  "billing/card.processor"
];

export declare const secretSourceLaws: readonly Law<SecretSubject, SecretCapabilities>[];

export declare function simulate(options: SimulateOptions): Promise<SimulationReport>;

export declare const simulateDefaults: {
  readonly seeds: 500;
  readonly firstSeed: 1;
};

export declare function simulatedNetwork(options: SimulatedNetworkOptions): SimulatedNetwork;

export declare const sqliteLaws: readonly Law<SqliteSubject>[];

export declare function strikeAtRandom(strikes: readonly Strike[], random: Random): Promise<void>;

export declare function sweepCrashPoints(options: CrashSweepOptions): Promise<CrashSweep>;

export declare function tcpFaultProxy(options: TcpFaultProxyOptions): Promise<TcpFaultProxy>;

export declare function testRuntime(seed?: number): TestRuntime;

export declare const throttleLaws: readonly Law<ThrottleSubject>[];

export declare const uniformLatency: (minMs: number, maxMs: number) => Latency;

export declare function untilItIsSo(what: string, holds: () => boolean | Promise<boolean>, endsAt: number): Promise<void>;

export declare function withCode(code: string): (error: unknown) => boolean;

// not exported, but part of what is

declare const kvMounts: {
  readonly secret: 2;
  readonly kv: 1;
};

interface SqliteDatabase extends Component {
  readonly path: string;
  write(set: WriteSet): Promise<readonly StatementResult[]>;
  read(sql: string, values?: readonly SqlValue[]): Promise<readonly Row[]>;
  migrate(owner: string, steps: readonly string[]): Promise<void>;
  onCommit(listener: () => void): () => void;
}

interface StatementResult {
  readonly changes: number;
  readonly rows: readonly Row[];
}

interface VaultFetchAnswer {
  readonly status: number;
  readonly headers: {
    get(name: string): string | null;
  };
  readonly body: AsyncIterable<Uint8Array> | null;
}

interface VaultFetchRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

type Row = Readonly<Record<string, SqlValue>>;

type VaultFetch = (url: string, request: VaultFetchRequest) => Promise<VaultFetchAnswer>;
