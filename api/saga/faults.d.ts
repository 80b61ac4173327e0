// @tutti/saga/faults

import { Duration, Statement } from '@tutti/core';
import { TcpFaultProxy } from '@tutti/core/testing';
import { SagaStore } from '@tutti/saga';

export interface Bookings {
  prepare(): Promise<void>;
  insert(saga: string): Statement;
  remove(saga: string): Statement;
  list(): Promise<readonly string[]>;
}

export type MakeMember<C> = (config: C) => MemberParts | Promise<MemberParts>;

export interface MemberParts {
  readonly store: SagaStore;
  readonly bookings?: Bookings;
  dispose?(): Promise<void>;
}

export type Sabotage = 'fence' | 'arming' | 'lease';

export interface SagaPlan {
  readonly module: string;
  readonly config: unknown;
  readonly folder: string;
  readonly seed: number;
  readonly sagas?: number;
  readonly workers?: number;
  readonly lease?: Duration;
  readonly kills?: number;
  readonly pauses?: number;
  readonly mayPause?: () => Promise<boolean>;
  readonly store?: StoreControl;
  readonly proxy?: TcpFaultProxy;
  readonly cuts?: number;
  readonly timeout?: Duration;
  readonly sabotage?: Sabotage;
}

export interface SagaReport {
  readonly seed: number;
  readonly sagas: number;
  readonly completed: number;
  readonly compensated: number;
  readonly unended: readonly string[];
  readonly incomplete: readonly string[];
  readonly leftBehind: readonly string[];
  readonly past: readonly string[];
  readonly resumed: readonly string[];
  readonly zombies: readonly string[];
  readonly overlaps: readonly string[];
  readonly refused: number;
  readonly takeOverMs: readonly number[];
  readonly maxRssBytes: number;
  readonly quietMs: number;
}

export interface StoreControl {
  kill(): Promise<void>;
  restart(): Promise<void>;
}

export declare function assertSagasEndRight(report: SagaReport, bounds: {
  readonly takeOver: Duration;
  readonly maxRssBytes?: number;
}): void;

export declare const sagaPlanDefaults: {
  readonly sagas: 1000;
  readonly workers: 3;
  readonly lease: "2s";
  readonly kills: 30;
  readonly pauses: 6;
  readonly cuts: 6;
  readonly timeout: "10m";
};

export declare function sagasEndRight(given: SagaPlan): Promise<SagaReport>;
