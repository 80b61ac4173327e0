// @tutti/discovery/static

import { Duration, EndpointRegistration, Runtime } from '@tutti/core';
import { DiscoveryBackend } from '@tutti/discovery';

export interface FileBackendOptions {
  readonly path: string;
  readonly pollInterval?: Duration;
  readonly runtime?: Runtime;
}

export type PublishedEndpoint = EndpointRegistration;

export interface StaticBackendOptions {
  readonly endpoints: readonly PublishedEndpoint[];
}

export declare function fileBackend(options: FileBackendOptions): DiscoveryBackend;

export declare const fileBackendDefaults: {
  readonly pollInterval: "2s";
};

export declare function staticBackend(options: StaticBackendOptions): DiscoveryBackend;
