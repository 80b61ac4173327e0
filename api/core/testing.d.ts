// @tutti/core/testing

import { AnyLayer, Breaker, Clock, Component, ConfigStore, KeyValue, Lease, RateLimiter, Runtime, SqlValue, Throttle, WriteSet } from '@tutti/core';

export type BreakerCapabilities = Readonly<{
  ignoresProbes: boolean;
}>;

export interface BreakerSubject {
  readonly breaker: Breaker;
  readonly runtime: Runtime;
  readonly openForMs: number;
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

export interface KeyValueSubject {
  readonly store: KeyValue;
  readonly other: KeyValue;
  pass(ms: number): Promise<void>;
}

export interface Law<S, C = Readonly<Record<string, boolean>>> {
  readonly id: string;
  readonly title: string;
  readonly requires?: keyof C & string;
  run(subject: S): Promise<void>;
}

export interface LayerSubject {
  readonly layer: AnyLayer;
}

export interface LeaseSubject {
  readonly lease: Lease;
  readonly other: Lease;
  pass(ms: number): Promise<void>;
}

export type MakeSubject<S> = () => Promise<S & LawSubject> | (S & LawSubject);

export interface ManualClock extends Clock {
  advance(ms: number): Promise<void>;
  nextDelayMs(): number | undefined;
}

export type RateLimiterCapabilities = {
  readonly strict: boolean;
};

export interface RateLimiterSubject {
  readonly limiter: RateLimiter;
  pass(ms: number): Promise<void>;
  now(): number;
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

export declare const breakerLaws: readonly Law<BreakerSubject, BreakerCapabilities>[];

export declare function checkLaws<S, C extends Readonly<Record<string, boolean>>>(test: TestFunction, laws: readonly Law<S, C>[], make: MakeSubject<S>, capabilities?: C): void;

export declare const configStoreLaws: readonly Law<ConfigStoreSubject>[];

export declare function crashPoints(database: SqliteDatabase, at: (point: CrashPoint) => void): CrashPointDatabase;

export declare function eventually<T>(what: string, probe: () => Promise<T | undefined | false> | T | undefined | false, timeoutMs?: number): Promise<T>;

export declare const keyValueLaws: readonly Law<KeyValueSubject>[];

export declare const layerLaws: readonly Law<LayerSubject>[];

export declare const leaseLaws: readonly Law<LeaseSubject>[];

export declare function manualClock(startMs?: number): ManualClock;

export declare const rateLimiterLaws: readonly Law<RateLimiterSubject, RateLimiterCapabilities>[];

export declare const sqliteLaws: readonly Law<SqliteSubject>[];

export declare function testRuntime(seed?: number): TestRuntime;

export declare const throttleLaws: readonly Law<ThrottleSubject>[];

export declare function withCode(code: string): (error: unknown) => boolean;

// not exported, but part of what is

interface LawSubject {
  readonly capabilities?: Readonly<Record<string, boolean>>;
  dispose?(): Promise<void> | void;
}

interface SqliteDatabase extends Component {
  readonly path: string;
  write(set: WriteSet): Promise<readonly StatementResult[]>;
  read(sql: string, values?: readonly SqlValue[]): Promise<readonly Row[]>;
  migrate(owner: string, steps: readonly string[]): Promise<void>;
  onCommit(listener: () => void): () => void;
}

interface SqliteSubject {
  readonly database: SqliteDatabase;
}

interface StatementResult {
  readonly changes: number;
  readonly rows: readonly Row[];
}

type Row = Readonly<Record<string, SqlValue>>;
