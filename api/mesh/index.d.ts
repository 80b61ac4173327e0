// @tutti/mesh

import { Call, Component, ComponentState, ConfigStore, Duration, Endpoint, EndpointLease, EndpointLeaser, EndpointRef, EndpointRegistration, EndpointRegistry, EndpointSource, ErrorSpec, Handler, Health, HttpDispatcher, Inspectable, InspectableAction, InspectableResource, LeaseHints, OutcomeDelta, OutcomeStream, Prober, RateLimiter, RequestHeaders, Runtime, ServiceCaller, ServiceRequest, ServiceResponse, TrafficControl, TrafficPlan, TrafficRevision } from '@tutti/core';

export type BalanceKind = 'peak-ewma' | 'round-robin' | 'weighted' | 'least-connections' | 'random';

export type BalancePolicy = BalanceKind | {
  readonly kind: 'least-connections';
  readonly scan?: 'two' | 'all';
} | {
  readonly kind: 'ring-hash' | 'maglev';
  readonly on: HashSource;
  readonly loadFactor?: number;
};

export interface BreakerPolicy {
  readonly failures?: number;
  readonly failureShare?: number;
  readonly minCalls?: number;
  readonly window?: Duration;
  readonly openFor?: Duration;
  readonly openForMax?: Duration;
  readonly probes?: number;
}

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

export interface EndpointExplanation {
  readonly instanceId: string;
  readonly version?: string;
  readonly eligible: boolean;
  readonly reasons: readonly ExclusionReason[];
  readonly endsInMs?: number;
  readonly inPanic?: true;
  readonly suspect?: true;
  readonly priority: number;
  readonly weight: number;
  readonly share: number;
  readonly inFlight: number;
  readonly load: number;
  readonly failureShare: number;
  readonly consecutiveFailures: number;
  readonly ejections: number;
  readonly breaker?: 'closed' | 'open' | 'half-open';
}

export type ExclusionReason = 'draining' | 'unhealthy' | 'failing its probe' | 'without weight' | 'unreachable' | 'ejected' | 'shut off by its breaker' | 'full' | 'tried already' | 'of another tenant' | 'of another version' | 'without a wanted tag';

export interface Explanation {
  readonly serviceName: string;
  readonly balancer: string;
  readonly panic: boolean;
  readonly plan?: {
    readonly version: string;
    readonly revision: number;
  };
  readonly endpoints: readonly EndpointExplanation[];
}

export interface FaultPolicy {
  readonly share: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
  readonly delay?: Duration;
}

export interface HandlerOptions<I> {
  readonly repeatable?: boolean;
  readonly headersOf?: (input: I) => RequestHeaders | undefined;
}

export type HashSource = 'tenant' | 'principal' | {
  readonly header: string;
};

export type HeadersOf<I> = (input: I) => RequestHeaders | undefined;

export interface HedgePolicy {
  readonly after: Duration;
  readonly budgetShare?: number;
}

export interface LimitsPolicy {
  readonly maxInFlight?: number;
  readonly maxQueue?: number;
  readonly maxPerEndpoint?: number;
}

export interface MeshErrors {
  readonly MESH_NO_ENDPOINT: ErrorSpec<{
    serviceName: string;
    passedOver: readonly PassedOver[];
  }>;
  readonly MESH_PLAN_UNKNOWN: ErrorSpec<{
    serviceName: string;
  }>;
  readonly MESH_RATE_LIMITED: ErrorSpec<{
    serviceName: string;
    retryAfterMs: number;
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
  readonly MESH_UNWELCOME_ANSWER: ErrorSpec<{
    serviceName: string;
    instanceId: string;
    status: number;
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
  readonly policy?: MeshPolicy;
  readonly config?: ConfigStore;
  readonly policyKey?: string;
  readonly replica?: string;
  readonly planFreshFor?: Duration;
  readonly registryTtl?: Duration;
  readonly whenStoreIsAway?: 'keep' | 'refuse';
  readonly prober?: Prober;
  readonly rateLimiter?: RateLimiter;
  readonly zone?: string;
  readonly connections?: ConnectionOptions;
  readonly maxResponseBytes?: number;
  readonly drainTimeout?: Duration;
  readonly connect?: Connect;
}

export interface MeshPolicy {
  readonly defaults?: ServicePolicy;
  readonly services?: Readonly<Record<string, ServicePolicy>>;
}

export interface OutlierPolicy {
  readonly consecutiveFailures?: number;
  readonly interval?: Duration;
  readonly baseEjection?: Duration;
  readonly maxEjection?: Duration;
  readonly maxShare?: number;
  readonly minEndpoints?: number;
  readonly minRequests?: number;
  readonly deviationFactor?: number;
  readonly failureShare?: number;
  readonly ejectSingle?: boolean;
}

export interface PassedOver {
  readonly instanceId: string;
  readonly reason: ExclusionReason;
}

export type ProbePolicy = {
  readonly kind: 'http';
  readonly path: string;
  readonly identity?: boolean;
} | {
  readonly kind: 'tcp';
};

export interface RateLimitPolicy {
  readonly tokens: number;
  readonly refillRate: number;
}

export interface RetryPolicy {
  readonly maxAttempts?: number;
  readonly initialDelay?: Duration;
  readonly maxDelay?: Duration;
  readonly statuses?: readonly number[];
  readonly budgetShare?: number;
  readonly budgetPerSecond?: number;
}

export type Send<I, O> = (input: I, call: Call, lease: EndpointLease) => Promise<O>;

export declare class ServiceMesh implements Component, EndpointLeaser, TrafficControl, OutcomeStream, Inspectable {
  #private;
  readonly name = "mesh";
  readonly feature = "mesh";
  readonly replica: string;
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
  routeRequest(serviceName: string, request?: unknown, call?: Call): Promise<EndpointLease>;
  lease(serviceName: string, hints?: LeaseHints): EndpointLease;
  isReady(serviceName: string): boolean;
  ready(serviceName: string): Promise<void>;
  call(serviceName: string, request: Omit<ServiceRequest, 'serviceName'>, call?: Call): Promise<ServiceResponse>;
  handler<I, O>(serviceName: string, send: Send<I, O>, options?: HandlerOptions<I>): Handler<I, O>;
  explain(serviceName: string, hints?: LeaseHints): Explanation;
  setPolicy(policy: MeshPolicy): void;
  apply(plan: TrafficPlan, expectedRevision: number, actor?: string): Promise<number>;
  acknowledged(serviceName: string, revision: number, deadline: Duration): Promise<{
    readonly lagging: readonly string[];
  }>;
  rollback(serviceName: string, toRevision: number, actor: string): Promise<number>;
  history(serviceName: string, limit: number): Promise<readonly TrafficRevision[]>;
  watchOutcomes(listener: (delta: OutcomeDelta) => void): () => void;
  resources(): readonly InspectableResource[];
  actions(): readonly InspectableAction[];
}

export interface ServicePolicy {
  readonly balance?: BalancePolicy;
  readonly sticky?: StickyPolicy;
  readonly outliers?: OutlierPolicy | false;
  readonly endpointBreaker?: BreakerPolicy;
  readonly serviceBreaker?: BreakerPolicy;
  readonly limits?: LimitsPolicy;
  readonly timeout?: Duration;
  readonly attemptTimeout?: Duration;
  readonly retry?: RetryPolicy;
  readonly hedge?: HedgePolicy;
  readonly slowStart?: SlowStartPolicy;
  readonly panicBelow?: number;
  readonly preferZone?: boolean;
  readonly coolDown?: Duration;
  readonly decay?: Duration;
  readonly rateLimit?: RateLimitPolicy;
  readonly faults?: readonly FaultPolicy[];
  readonly probe?: ProbePolicy;
}

export interface SlowStartPolicy {
  readonly window: Duration;
  readonly aggression?: number;
  readonly minShare?: number;
}

export interface StickyPolicy {
  readonly cookie?: string;
  readonly header?: string;
  readonly secret: string;
}

export declare const connectionDefaults: {
  readonly maxPerEndpoint: 128;
  readonly connectTimeout: "2s";
  readonly idleTimeout: "4s";
  readonly maxAge: "5m";
};

export declare const limitsDefaults: {
  readonly maxInFlight: 1024;
  readonly maxQueue: 1024;
  readonly maxPerEndpoint: 1024;
};

export declare const meshDefaults: {
  readonly maxResponseBytes: 16777216;
  readonly drainTimeout: "10s";
};

export declare const meshErrors: MeshErrors;

export declare const outlierDefaults: Readonly<Required<OutlierPolicy>>;

export declare const retryPolicyDefaults: Readonly<Required<RetryPolicy>>;

export declare const servicePolicyDefaults: {
  readonly timeout: "30s";
  readonly coolDown: "1s";
  readonly decay: "10s";
  readonly panicBelow: 0.5;
  readonly preferZone: true;
};
