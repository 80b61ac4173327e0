// @tutti/messaging/faults

import { Duration } from '@tutti/core';
import { TcpFaultProxy } from '@tutti/core/testing';
import { EventTransport } from '@tutti/messaging';

export interface BrokerControl {
  kill(): Promise<void>;
  restart(): Promise<void>;
}

export interface DeliveryHistory {
  readonly acked: ReadonlySet<string>;
  readonly sent: ReadonlySet<string>;
  readonly effects: readonly LedgerRow[];
  readonly dead: readonly string[];
  readonly refused: number;
  readonly held: readonly Hold[];
  readonly finished: readonly Hold[];
  readonly maxRssBytes: number;
  readonly takeOverMs: readonly number[];
}

export interface DeliveryPlan {
  readonly module: string;
  readonly config: unknown;
  readonly folder: string;
  readonly seed: number;
  readonly messages?: number;
  readonly keys?: number;
  readonly producers?: number;
  readonly consumers?: number;
  readonly concurrency?: number;
  readonly lease?: Duration;
  readonly early?: boolean;
  readonly kills?: number;
  readonly pauses?: number;
  readonly mayPause?: () => Promise<boolean>;
  readonly broker?: BrokerControl;
  readonly proxy?: TcpFaultProxy;
  readonly cuts?: number;
  readonly timeout?: Duration;
  readonly sabotage?: Sabotage;
}

export interface DeliveryReport {
  readonly seed: number;
  readonly messages: number;
  readonly acked: number;
  readonly effects: number;
  readonly deadLetters: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly phantom: readonly string[];
  readonly misjudged: readonly string[];
  readonly zombies: readonly string[];
  readonly inverted: readonly string[];
  readonly received: number;
  readonly maxReceived: number;
  readonly refused: number;
  readonly maxRssBytes: number;
  readonly takeOverMs: readonly number[];
  readonly quietMs: number;
}

export interface LedgerRow {
  readonly id: string;
  readonly key: string;
  readonly number: number;
}

export type MakeMember<C> = (config: C) => MemberParts | Promise<MemberParts>;

export interface MemberParts {
  readonly transport: EventTransport;
  dispose?(): Promise<void>;
}

export type Sabotage = 'inbox' | 'confirm' | 'fence';

export declare function assertNothingLost(report: DeliveryReport, bounds?: {
  readonly quiet?: Duration;
  readonly maxRssBytes?: number;
}): void;

export declare function checkDelivery(history: DeliveryHistory, expected: Expectations): DeliveryReport;

export declare const deliveryPlanDefaults: {
  readonly messages: 10000;
  readonly keys: 100;
  readonly producers: 4;
  readonly consumers: 4;
  readonly concurrency: 16;
  readonly lease: "2s";
  readonly early: false;
  readonly kills: 20;
  readonly pauses: 3;
  readonly cuts: 10;
  readonly timeout: "10m";
};

export declare function nothingLost(given: DeliveryPlan): Promise<DeliveryReport>;

// not exported, but part of what is

interface Expectations {
  readonly seed: number;
  readonly messages: number;
  readonly hopeless: ReadonlySet<string>;
  readonly losses: number;
  readonly concurrency: number;
  readonly quietMs: number;
}

interface Hold {
  readonly id: string;
  readonly pid: number;
  readonly at: number;
  readonly attempt: number;
}
