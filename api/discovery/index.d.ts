// @tutti/discovery

import { Call, Component, ComponentState, Duration, Endpoint, EndpointChange, EndpointRef, EndpointRegistration, EndpointRegistry, EndpointSource, ErrorFactory, ErrorSpec, Health, Inspectable, InspectableAction, InspectableResource, Probe, Prober, Runtime } from '@tutti/core';

export interface DiscoveryBackend {
  readonly name: string;
  readonly capabilities: DiscoveryCapabilities;
  put(endpoint: Endpoint, ttlMs: number): Promise<void>;
  renew(lives: readonly EndpointRef[], ttlMs: number): Promise<readonly LifeState[]>;
  mark(life: EndpointRef, state: Endpoint['state']): Promise<LifeState>;
  remove(life: EndpointRef): Promise<void>;
  watch(serviceName: string, listener: (change: RegistryChange) => void, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface DiscoveryCapabilities {
  readonly registers: boolean;
}

export interface DiscoveryErrors {
  readonly DISCOVERY_UNAVAILABLE: ErrorSpec<{
    serviceName: string;
    backend: string;
  }>;
  readonly DISCOVERY_PROBE_FAILED: ErrorSpec<{
    target: string;
    problem: string;
  }>;
}

export interface EndpointConditions {
  readonly tags?: readonly string[];
  readonly anyTags?: readonly string[];
  readonly version?: string | readonly string[];
  readonly zone?: string | readonly string[];
  readonly tenant?: string;
  readonly metadata?: Readonly<Record<string, string | readonly string[]>>;
  readonly states?: readonly Endpoint['state'][];
  readonly suspects?: 'included' | 'excluded' | 'only';
  readonly not?: EndpointConditions | readonly EndpointConditions[];
  readonly any?: readonly EndpointConditions[];
}

export interface EndpointQuery extends EndpointConditions {
  readonly states?: readonly Endpoint['state'][];
}

export declare class HealthChecker implements Prober {
  #private;
  constructor(options?: HealthCheckerOptions);
  watchHealth(probe: HealthProbe, listener: (health: Health) => void): () => void;
}

export interface HealthCheckerOptions {
  readonly interval?: Duration;
  readonly jitter?: number;
  readonly timeout?: Duration;
  readonly rise?: number;
  readonly fall?: number;
  readonly runtime?: Runtime;
}

export type HealthProbe = Probe | {
  readonly kind: 'function';
  readonly check: (call: Call) => Promise<void>;
};

export type LifeState = Endpoint['state'] | 'gone' | 'replaced';

export interface MemoryBackendOptions {
  readonly registry?: MemoryRegistry;
}

export declare class MemoryRegistry {
  #private;
  constructor(options?: MemoryRegistryOptions);
  put(endpoint: Endpoint, ttlMs: number): void;
  renew(ref: EndpointRef, ttlMs: number): LifeState;
  mark(ref: EndpointRef, state: Endpoint['state']): LifeState;
  remove(ref: EndpointRef): void;
  watch(serviceName: string, listener: (change: RegistryChange) => void): () => void;
}

export interface MemoryRegistryOptions {
  readonly runtime?: Runtime;
}

export type RegistryChange = {
  readonly kind: 'snapshot';
  readonly endpoints: readonly Endpoint[];
} | {
  readonly kind: 'upsert';
  readonly endpoint: Endpoint;
} | {
  readonly kind: 'remove';
  readonly endpoint: EndpointRef;
  readonly farewell?: true;
} | {
  readonly kind: 'malformed';
  readonly key: string;
  readonly problem: string;
};

export interface SelfPreservationOptions {
  readonly share?: number;
  readonly window?: Duration;
  readonly minEndpoints?: number;
  readonly keepFor?: Duration;
  readonly probe?: (endpoint: Endpoint) => HealthProbe;
}

export declare class ServiceDiscovery implements Component, EndpointSource, EndpointRegistry, Inspectable {
  #private;
  readonly name = "discovery";
  readonly feature = "discovery";
  readonly on: Component['on'];
  constructor(options: ServiceDiscoveryOptions);
  get state(): ComponentState;
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): Promise<Health>;
  [Symbol.asyncDispose](): Promise<void>;
  registerService(service: ServiceInstance): Promise<Endpoint>;
  deregisterService(ref: EndpointRef): Promise<void>;
  register(registration: ServiceInstance): Promise<Endpoint>;
  deregister(ref: EndpointRef): Promise<void>;
  drain(ref: EndpointRef): Promise<void>;
  forTenant(tenant: string): TenantDiscovery;
  getService(serviceName: string, query?: EndpointQuery): Promise<readonly Endpoint[]>;
  lookup(serviceName: string): readonly Endpoint[];
  ready(serviceName: string): Promise<void>;
  watchEndpoints(serviceName: string, listener: (change: EndpointChange) => void): () => void;
  staleMs(serviceName: string): number;
  resources(): readonly InspectableResource[];
  actions(): readonly InspectableAction[];
}

export interface ServiceDiscoveryOptions {
  readonly backend: DiscoveryBackend;
  readonly healthChecks?: Pick<HealthChecker, 'watchHealth'>;
  readonly ttl?: Duration;
  readonly forgetAfter?: Duration;
  readonly selfPreservation?: SelfPreservationOptions | 'off';
  readonly runtime?: Runtime;
}

export interface ServiceInstance extends EndpointRegistration {
  readonly healthCheck?: HealthProbe;
}

export declare class TenantDiscovery implements EndpointSource, EndpointRegistry {
  #private;
  readonly tenant: string;
  constructor(discovery: Discovery, tenant: string, runtime: Runtime);
  registerService(service: Omit<ServiceInstance, 'tenant'>): Promise<Endpoint>;
  register(registration: Omit<ServiceInstance, 'tenant'>): Promise<Endpoint>;
  deregisterService(ref: EndpointRef): Promise<void>;
  deregister(ref: EndpointRef): Promise<void>;
  drain(ref: EndpointRef): Promise<void>;
  getService(serviceName: string, query?: Omit<EndpointQuery, 'tenant'>): Promise<readonly Endpoint[]>;
  lookup(serviceName: string): readonly Endpoint[];
  ready(serviceName: string): Promise<void>;
  staleMs(serviceName: string): number;
  watchEndpoints(serviceName: string, listener: (change: EndpointChange) => void): () => void;
}

export declare const discoveryError: ErrorFactory<DiscoveryErrors>;

export declare const discoveryErrors: DiscoveryErrors;

export declare const endpointQueryDefaults: {
  readonly states: readonly [
    'ready'
  ];
};

export declare const healthCheckerDefaults: {
  readonly interval: "10s";
  readonly jitter: 0.1;
  readonly timeout: "2s";
  readonly rise: 1;
  readonly fall: 3;
};

export declare function memoryBackend(options?: MemoryBackendOptions): DiscoveryBackend;

export declare function readEndpoint(serviceName: string, record: string): Endpoint;

export declare const selfPreservationDefaults: {
  readonly share: 0.3;
  readonly window: "10s";
  readonly minEndpoints: 4;
  readonly keepFor: "15m";
};

export declare const serviceDiscoveryDefaults: {
  readonly ttl: "10s";
  readonly forgetAfter: "1h";
};

export declare function storeEndpoint(endpoint: Endpoint): string;

// not exported, but part of what is

interface Discovery extends EndpointSource {
  registerService(service: ServiceInstance): Promise<Endpoint>;
  deregisterService(ref: EndpointRef): Promise<void>;
  drain(ref: EndpointRef): Promise<void>;
  getService(serviceName: string, query?: EndpointQuery): Promise<readonly Endpoint[]>;
  lookup(serviceName: string): readonly Endpoint[];
  ready(serviceName: string): Promise<void>;
  staleMs(serviceName: string): number;
}
