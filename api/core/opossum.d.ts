// @tutti/core/opossum

import { Breaker, Duration } from '@tutti/core';

export interface OpossumBreakerOptions {
  readonly operation: string;
  readonly openFor?: Duration;
  readonly errorThresholdPercentage?: number;
  readonly volumeThreshold?: number;
  readonly failureIf?: (error: unknown) => boolean;
}

export interface OpossumCircuit {
  readonly opened: boolean;
  readonly halfOpen: boolean;
  fire(work: () => Promise<unknown>): Promise<unknown>;
  close(): void;
  on(event: 'open', listener: () => void): unknown;
}

export type OpossumClass = new (action: (work: () => Promise<unknown>) => Promise<unknown>, options: Readonly<Record<string, unknown>>) => OpossumCircuit;

export declare function opossumBreaker(Circuit: OpossumClass, options: OpossumBreakerOptions): Breaker;

export declare const opossumBreakerDefaults: {
  readonly openFor: "30s";
  readonly errorThresholdPercentage: 50;
  readonly volumeThreshold: 5;
};
