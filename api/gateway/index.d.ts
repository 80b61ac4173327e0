// @tutti/gateway

import { Call, Component, ComponentState, Duration, EndpointLeaser, ErrorSpec, Health, Inspectable, InspectableAction, InspectableResource, RateLimit, RateLimiter, Runtime } from '@tutti/core';

export declare class APIGateway implements Component, Inspectable {
  #private;
  readonly name = "gateway";
  readonly feature = "gateway";
  readonly on: Component['on'];
  constructor(options: GatewayOptions);
  get state(): ComponentState;
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): Promise<Health>;
  [Symbol.asyncDispose](): Promise<void>;
  addRoute(rule: RouteRule): void;
  handleRequest(request: GatewayRequest): Promise<GatewayResponse>;
  listen(options: ListenOptions): Promise<Listening>;
  resources(): readonly InspectableResource[];
  actions(): readonly InspectableAction[];
}

export interface Authenticator {
  readonly name: string;
  readonly challenge: string;
  authenticate(headers: RequestHeaders, call: Call): Promise<Identity | undefined>;
}

export interface GatewayErrors {
  readonly GATEWAY_BAD_REQUEST: ErrorSpec<{
    problem: string;
  }>;
  readonly GATEWAY_EXPECTATION_UNKNOWN: ErrorSpec<Record<never, never>>;
  readonly GATEWAY_NO_ROUTE: ErrorSpec<Record<never, never>>;
  readonly GATEWAY_METHOD_NOT_ALLOWED: ErrorSpec<{
    method: string;
    allow: readonly string[];
  }>;
  readonly GATEWAY_UNAUTHENTICATED: ErrorSpec<{
    problem: string;
    challenges: readonly string[];
  }>;
  readonly GATEWAY_FORBIDDEN: ErrorSpec<{
    problem: string;
  }>;
  readonly GATEWAY_RATE_LIMITED: ErrorSpec<{
    retryAfterMs: number;
  }>;
  readonly GATEWAY_BODY_TOO_LARGE: ErrorSpec<{
    maxBytes: number;
  }>;
  readonly GATEWAY_KEYS_UNAVAILABLE: ErrorSpec<{
    issuer: string;
  }>;
  readonly GATEWAY_STOPPING: ErrorSpec<Record<never, never>>;
  readonly GATEWAY_CONNECT_FAILED: ErrorSpec<{
    serviceName: string;
    instanceId: string;
  }>;
  readonly GATEWAY_RESPONSE_LOST: ErrorSpec<{
    serviceName: string;
    instanceId: string;
  }>;
  readonly GATEWAY_OUTCOME_UNKNOWN: ErrorSpec<{
    serviceName: string;
    instanceId: string;
  }>;
  readonly GATEWAY_RESPONSE_TOO_LARGE: ErrorSpec<{
    maxBytes: number;
  }>;
  readonly GATEWAY_HEADERS_TOO_LARGE: ErrorSpec<Record<never, never>>;
  readonly GATEWAY_REQUEST_TOO_SLOW: ErrorSpec<Record<never, never>>;
}

export interface GatewayLimits {
  readonly maxBodyBytes?: number;
  readonly maxCollectedBytes?: number;
  readonly maxHeaderBytes?: number;
  readonly headersTimeout?: Duration;
  readonly requestTimeout?: Duration;
  readonly idleTimeout?: Duration;
  readonly lameDuck?: Duration;
  readonly drainTimeout?: Duration;
}

export interface GatewayOptions {
  readonly upstreams: EndpointLeaser;
  readonly authenticators?: readonly Authenticator[];
  readonly rateLimiter?: RateLimiter;
  readonly limits?: GatewayLimits;
  readonly runtime?: Runtime;
}

export interface GatewayRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly clientAddress?: string;
  readonly signal?: AbortSignal;
}

export interface GatewayResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Uint8Array;
}

export interface Identity {
  readonly principal: string;
  readonly tenant?: string;
  readonly roles: readonly string[];
}

export type JwtAlgorithm = (typeof asymmetric)[number] | (typeof symmetric)[number];

export interface JwtOptions {
  readonly issuer: string;
  readonly audience?: string | readonly string[];
  readonly jwks?: KeySet | ((signal: AbortSignal) => Promise<KeySet>);
  readonly secret?: Uint8Array;
  readonly algorithms?: readonly JwtAlgorithm[];
  readonly clockSkew?: Duration;
  readonly tenantClaim?: string;
  readonly rolesClaim?: string;
}

export interface KeySet {
  readonly keys: readonly object[];
}

export interface ListenOptions {
  readonly port: number;
  readonly host?: string;
}

export interface Listening {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly traceId: string;
}

export declare class RequestHeaders {
  readonly raw: readonly string[];
  readonly names: readonly string[];
  readonly byName: Readonly<Record<string, string | readonly string[]>>;
  constructor(raw: readonly string[]);
  single(name: string): string | undefined;
  isRepeated(name: string): boolean;
  combined(name: string): string | undefined;
}

export type RouteMethod = (typeof routeMethods)[number];

export interface RouteRule {
  readonly path: string;
  readonly methods: readonly RouteMethod[];
  readonly serviceName: string;
  readonly timeout?: Duration;
  readonly roles?: readonly string[];
  readonly public?: boolean;
  readonly rateLimit?: RateLimit;
  readonly stripPrefix?: boolean;
}

export declare const gatewayErrors: GatewayErrors;

export declare function jwt(options: JwtOptions): Authenticator;

export declare const jwtDefaults: {
  readonly clockSkew: "5s";
  readonly tenantClaim: "tenant";
  readonly rolesClaim: "roles";
};

export declare const limitDefaults: {
  readonly maxBodyBytes: 10485760;
  readonly maxCollectedBytes: 16777216;
  readonly maxHeaderBytes: 16384;
  readonly headersTimeout: "10s";
  readonly requestTimeout: "5m";
  readonly idleTimeout: "65s";
  readonly lameDuck: "250ms";
  readonly drainTimeout: "10s";
};

export declare const routeDefaults: {
  readonly timeout: "30s";
  readonly public: false;
  readonly stripPrefix: false;
};

// not exported, but part of what is

declare const asymmetric: readonly [
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512"
];

declare const routeMethods: readonly [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS"
];

declare const symmetric: readonly [
  "HS256",
  "HS384",
  "HS512"
];
