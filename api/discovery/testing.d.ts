// @tutti/discovery/testing

import { Endpoint, Runtime } from '@tutti/core';
import { Law } from '@tutti/core/testing';
import { DiscoveryBackend } from '@tutti/discovery';

export interface BackendSubject {
  readonly runtime: Runtime;
  connect(): DiscoveryBackend | Promise<DiscoveryBackend>;
  pass(ms: number): Promise<void>;
  dispose?(): Promise<void> | void;
}

export interface FaultyBackend extends DiscoveryBackend {
  cut(): void;
  mend(): void;
}

export interface RegistryWatch extends AsyncDisposable {
  readonly heard: readonly string[];
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly lives: readonly string[];
  readonly ended: Promise<void>;
  abort(): void;
}

export declare const discoveryLaws: readonly Law<BackendSubject>[];

export declare function faultyBackend(backend: DiscoveryBackend): FaultyBackend;

export declare const leaseLaws: readonly Law<BackendSubject>[];

export declare function registryWatch(backend: DiscoveryBackend, serviceName?: string): RegistryWatch;

export declare const watchLaws: readonly Law<BackendSubject>[];
