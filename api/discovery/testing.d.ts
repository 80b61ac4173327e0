// @tutti/discovery/testing

import { Clock, Endpoint, EndpointChange, EndpointRef, EndpointSource, Runtime } from '@tutti/core';
import { Law } from '@tutti/core/testing';
import { DiscoveryBackend, RegistryChange } from '@tutti/discovery';

export type BackendLawCapabilities = {
  readonly registers: boolean;
  readonly plants: boolean;
};

export interface BackendSubject {
  readonly runtime: Runtime;
  connect(): DiscoveryBackend | Promise<DiscoveryBackend>;
  pass(ms: number): Promise<void>;
  publish?(serviceName: string, endpoints: readonly Endpoint[]): Promise<void>;
  plant?(serviceName: string, instanceId: string, record: string): Promise<void>;
  dispose?(): Promise<void> | void;
}

export declare class EndpointHistory {
  #private;
  constructor(clock: Clock);
  follow(subscriber: string, source: EndpointSource, serviceName: string): () => void;
  left(subscriber: string): void;
  hear(subscriber: string, change: HeardChange): void;
  over({ incarnation }: EndpointRef): void;
  get lateMs(): number;
  endpoints(subscriber: string): readonly Endpoint[];
  get problems(): readonly string[];
  differences(truth: Iterable<Endpoint>): readonly string[];
  check(truth?: Iterable<Endpoint>): void;
}

export interface FaultyBackend extends DiscoveryBackend {
  cut(): void;
  mend(): void;
}

export type HeardChange = EndpointChange | RegistryChange;

export interface RegistryWatch extends AsyncDisposable {
  readonly heard: readonly string[];
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly lives: readonly string[];
  readonly malformed: ReadonlyMap<string, string>;
  readonly ended: Promise<void>;
  abort(): void;
}

export declare const backendLaws: readonly Law<BackendSubject, BackendLawCapabilities>[];

export declare const discoveryLaws: readonly Law<BackendSubject>[];

export declare function endpointsIn(backend: DiscoveryBackend, serviceName: string): Promise<readonly Endpoint[]>;

export declare function faultyBackend(backend: DiscoveryBackend): FaultyBackend;

export declare const leaseLaws: readonly Law<BackendSubject>[];

export declare const malformedLaws: readonly Law<BackendSubject, BackendLawCapabilities>[];

export declare const readLaws: readonly Law<BackendSubject>[];

export declare function registryWatch(backend: DiscoveryBackend, serviceName?: string): RegistryWatch;

export declare const watchLaws: readonly Law<BackendSubject>[];
