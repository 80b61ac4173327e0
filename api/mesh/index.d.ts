// @tutti/mesh

import { Backoff, Call, Component, ComponentState, Duration, Endpoint, EndpointLease, EndpointLeaser, EndpointRef, EndpointRegistration, EndpointRegistry, EndpointSource, ErrorSpec, Health, HttpDispatcher, Inspectable, InspectableAction, InspectableResource, LeaseHints, Runtime, ServiceCaller, ServiceRequest, ServiceResponse } from '@tutti/core';

export type Connect = (endpoint: Endpoint, events: ConnectionEvents) => EndpointConnections;

export interface ConnectionEvents {
  connected(): void;
  connectFailed(error: Error): void;
}

export interface ConnectionOptions {
  readonly maxPerEndpoint?: number;
  readonly connectTimeout?: Duration;
  readonly idleTimeout?: Duration;
  readonly maxAge?: Duration;
}

export interface EndpointConnections extends HttpDispatcher {
  destroy(): Promise<void>;
}

export interface MeshErrors {
  readonly MESH_NO_ENDPOINT: ErrorSpec<{
    serviceName: string;
    passedOver: readonly PassedOver[];
  }>;
  readonly MESH_CONNECT_FAILED: ErrorSpec<{
    serviceName: string;
    instanceId: string;
  }>;
  readonly MESH_RESPONSE_LOST: ErrorSpec<{
    serviceName: string;
    instanceId: string;
  }>;
  readonly MESH_OUTCOME_UNKNOWN: ErrorSpec<{
    serviceName: string;
    instanceId: string;
  }>;
  readonly MESH_RESPONSE_TOO_LARGE: ErrorSpec<{
    serviceName: string;
    instanceId: string;
    maxBytes: number;
  }>;
}

export interface MeshOptions {
  readonly endpoints: EndpointSource;
  readonly registry: EndpointRegistry;
  readonly runtime?: Runtime;
  readonly timeout?: Duration;
  readonly retry?: {
    readonly maxAttempts?: number;
    readonly backoff?: Backoff;
  };
  readonly connections?: ConnectionOptions;
  readonly coolDown?: Duration;
  readonly maxResponseBytes?: number;
  readonly drainTimeout?: Duration;
  readonly connect?: Connect;
}

export interface PassedOver {
  readonly instanceId: string;
  readonly reason: 'unhealthy' | 'draining' | 'without weight' | 'of another tenant';
}

export declare class ServiceMesh implements Component, EndpointLeaser, Inspectable {
  #private;
  readonly name = "mesh";
  readonly feature = "mesh";
  readonly caller: ServiceCaller;
  readonly on: Component['on'];
  constructor(options: MeshOptions);
  get state(): ComponentState;
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): Promise<Health>;
  [Symbol.asyncDispose](): Promise<void>;
  registerEndpoint(registration: EndpointRegistration): Promise<Endpoint>;
  deregisterEndpoint(ref: EndpointRef): Promise<void>;
  routeRequest(serviceName: string, _request?: unknown, call?: Call): Promise<EndpointLease>;
  lease(serviceName: string, hints?: LeaseHints): EndpointLease;
  ready(serviceName: string): Promise<void>;
  call(serviceName: string, request: Omit<ServiceRequest, 'serviceName'>, call?: Call): Promise<ServiceResponse>;
  resources(): readonly InspectableResource[];
  actions(): readonly InspectableAction[];
}

export declare const connectionDefaults: {
  readonly maxPerEndpoint: 128;
  readonly connectTimeout: "2s";
  readonly idleTimeout: "4s";
  readonly maxAge: "5m";
};

export declare const meshDefaults: {
  readonly timeout: "30s";
  readonly coolDown: "1s";
  readonly maxResponseBytes: 16777216;
  readonly drainTimeout: "10s";
};

export declare const meshErrors: MeshErrors;

export declare const meshRetryDefaults: {
  readonly maxAttempts: 3;
};
