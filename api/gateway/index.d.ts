// @tutti/gateway

import { Admission, AuditSink, Call, Component, ComponentState, ConfigStore, Duration, Endpoint, EndpointLeaser, ErrorSpec, Health, Inspectable, InspectableAction, InspectableResource, RateLimit, RateLimiter, Runtime, TenantDirectory } from '@tutti/core';
import { Fields } from '@tutti/core/http';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Duplex, Readable } from 'node:stream';

export declare class APIGateway<const S extends string = string, const M extends string = string> implements Component, Inspectable {
  #private;
  readonly name = "gateway";
  readonly feature = "gateway";
  readonly on: Component['on'];
  constructor(options: GatewayOptions<S, M>);
  get state(): ComponentState;
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): Promise<Health>;
  [Symbol.asyncDispose](): Promise<void>;
  addRoute(rule: RouteRule<S, M>): void;
  setRoutes(rules: readonly RouteRule<S, M>[]): void;
  explain(request: GatewayRequest): RouteExplanation;
  plan(rules: readonly RouteRule<S, M>[], requests: readonly GatewayRequest[]): RoutePlan;
  handleRequest(request: GatewayRequest): Promise<GatewayResponse>;
  nodeHandler(): NodeHandler;
  get handleUpgrade(): NodeUpgradeHandler;
  fastify(): FastifyPluginLike;
  fetch(request: Request, options?: FetchOptions): Promise<Response>;
  listen(options: ListenOptions): Promise<Listening>;
  resources(): readonly InspectableResource[];
  actions(): readonly InspectableAction[];
}

export interface AccessLogOptions {
  readonly sink?: AccessSink;
  readonly target?: 'route' | 'path' | 'query';
  readonly clientAddress?: ShownAddress;
  readonly headers?: readonly string[];
}

export interface AccessRecord {
  readonly requestId: string;
  readonly traceId: string;
  readonly route?: string;
  readonly serviceName?: string;
  readonly method: string;
  readonly target?: string;
  readonly httpVersion: string;
  readonly status: number;
  readonly outcome: 'answered' | 'broken off' | 'client left';
  readonly code?: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
  readonly answeredAfterMs?: number;
  readonly instanceId?: string;
  readonly version?: string;
  readonly attempts: number;
  readonly client?: string;
  readonly principal?: string;
  readonly tenant?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type AccessSink = (record: AccessRecord) => void;

export interface Answered<A extends object = object> {
  readonly status: number;
  readonly added: A;
}

export interface Authenticator {
  readonly name: string;
  readonly challenge: string;
  recall(headers: RequestHeaders, call: Call): Identity | undefined;
  authenticate(headers: RequestHeaders, call: Call): Promise<Identity | undefined>;
}

export type Authorization = 'authenticated' | AuthorizationRule;

export interface AuthorizationRule {
  readonly anyRole?: readonly string[];
  readonly allRoles?: readonly string[];
  readonly permissions?: readonly string[];
  readonly scopes?: readonly string[];
  readonly tenant?: 'required' | 'match';
  readonly policies?: readonly string[];
}

export type CheckedRouteRule = Omit<RouteRule, 'rateLimit' | 'roles'> & Required<Pick<RouteRule, keyof typeof routeDefaults | 'id'>> & {
  readonly rateLimit: readonly CheckedLimitRule[];
};

export interface ConsideredRoute {
  readonly route: string;
  readonly not?: WhyNot;
}

export interface CorsRule {
  readonly origins: '*' | readonly string[];
  readonly credentials?: boolean;
  readonly allowHeaders?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  readonly maxAge?: Duration;
}

export interface FastifyInstanceLike {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(contentType: string, parser: (request: unknown, payload: unknown, done: (error: null) => void) => void): unknown;
  all(path: string, handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => void): unknown;
}

export type FastifyPluginLike = (instance: FastifyInstanceLike) => Promise<void>;

export interface FastifyReplyLike {
  readonly raw: ServerResponse<IncomingMessage>;
  hijack(): unknown;
}

export interface FastifyRequestLike {
  readonly raw: IncomingMessage;
}

export type FetchKeys = (signal: AbortSignal) => Promise<KeySet>;

export interface FetchOptions {
  readonly clientAddress?: string;
}

export type ForwardingHeader = 'x-forwarded-for' | 'forwarded';

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
    challenges?: readonly string[];
  }>;
  readonly GATEWAY_RATE_LIMITED: ErrorSpec<{
    retryAfterMs: number;
  }>;
  readonly GATEWAY_LIMITER_UNAVAILABLE: ErrorSpec<{
    retryAfterMs: number;
  }>;
  readonly GATEWAY_BODY_TOO_LARGE: ErrorSpec<{
    maxBytes: number;
  }>;
  readonly GATEWAY_KEYS_UNAVAILABLE: ErrorSpec<{
    issuer: string;
  }>;
  readonly GATEWAY_KEYS_NOT_FETCHED: ErrorSpec<{
    url: string;
    problem: string;
  }>;
  readonly GATEWAY_IDENTITY_REFUSED: ErrorSpec<{
    problem: string;
  }>;
  readonly GATEWAY_MIDDLEWARE_MISUSED: ErrorSpec<{
    middleware: string;
    problem: string;
  }>;
  readonly GATEWAY_STOPPING: ErrorSpec<Record<never, never>>;
  readonly GATEWAY_BODY_TAKEN: ErrorSpec<Record<never, never>>;
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
  readonly GATEWAY_STALLED: ErrorSpec<{
    serviceName: string;
    instanceId: string;
    idleMs: number;
  }>;
  readonly GATEWAY_RESPONSE_TOO_LARGE: ErrorSpec<{
    maxBytes: number;
  }>;
  readonly GATEWAY_HEADERS_TOO_LARGE: ErrorSpec<Record<never, never>>;
  readonly GATEWAY_TARGET_TOO_LONG: ErrorSpec<{
    maxBytes: number;
  }>;
  readonly GATEWAY_OVERLOADED: ErrorSpec<{
    retryAfterMs: number;
  }>;
  readonly GATEWAY_REQUEST_TOO_SLOW: ErrorSpec<Record<never, never>>;
}

export interface GatewayLimits {
  readonly maxBodyBytes?: number;
  readonly maxReplayBytes?: number;
  readonly maxCollectedBytes?: number;
  readonly maxHeaderBytes?: number;
  readonly maxTargetBytes?: number;
  readonly maxHeaders?: number;
  readonly maxConnections?: number;
  readonly maxConnectionsPerClient?: number;
  readonly minBytesPerSecond?: number;
  readonly slowGrace?: Duration;
  readonly maxLoopDelay?: Duration;
  readonly headersTimeout?: Duration;
  readonly requestTimeout?: Duration;
  readonly idleTimeout?: Duration;
  readonly lameDuck?: Duration;
  readonly drainTimeout?: Duration;
}

export interface GatewayOptions<S extends string = string, M extends string = string> extends OperationOptions {
  readonly upstreams: EndpointLeaser;
  readonly services?: readonly S[];
  readonly middleware?: MiddlewareStack<object, M>;
  readonly config?: ConfigStore;
  readonly routesKey?: string;
  readonly authenticators?: readonly Authenticator[];
  readonly rolePermissions?: RolePermissions;
  readonly policies?: Readonly<Record<string, Policy>>;
  readonly tenants?: TenantDirectory;
  readonly identity?: IdentityOptions;
  readonly rateLimiter?: RateLimiter;
  readonly limiting?: LimitingOptions;
  readonly limits?: GatewayLimits;
  readonly admission?: Admission;
  readonly readinessPath?: string;
  readonly trustedProxies?: readonly string[];
  readonly forwardedBy?: ForwardingHeader;
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
  readonly trailers?: Readonly<Record<string, string | readonly string[]>>;
}

export interface Identity {
  readonly principal: string;
  readonly tenant?: string;
  readonly roles: readonly string[];
  readonly scopes?: readonly string[];
}

export interface IdentityJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly d?: string;
}

export type IdentityKey = Uint8Array | IdentityJwk;

export interface IdentityOptions {
  readonly key: IdentityKey;
  readonly keyId?: string;
  readonly issuer?: string;
  readonly lifetime?: Duration;
}

export interface JwksFromOptions {
  readonly maxBytes?: number;
  readonly fetch?: KeysFetch;
}

export type JwtAlgorithm = (typeof asymmetric)[number] | (typeof symmetric)[number];

export interface JwtOptions {
  readonly issuer: string;
  readonly audience?: string | readonly string[];
  readonly jwks?: KeySet | FetchKeys;
  readonly secret?: Uint8Array;
  readonly algorithms?: readonly JwtAlgorithm[];
  readonly clockSkew?: Duration;
  readonly tenantClaim?: string;
  readonly rolesClaim?: string;
  readonly scopesClaim?: string;
  readonly keysMaxAge?: Duration;
  readonly keysMaxStale?: Duration;
  readonly remember?: 'never' | RememberedTokens;
}

export interface KeySet {
  readonly keys: readonly object[];
}

export type KeysFetch = (url: string, request: KeysFetchRequest) => Promise<KeysFetchAnswer>;

export interface KeysFetchAnswer {
  readonly status: number;
  readonly headers: {
    get(name: string): string | null;
  };
  readonly body: AsyncIterable<Uint8Array> | null;
}

export interface KeysFetchRequest {
  readonly headers: Record<string, string>;
  readonly redirect: 'error';
  readonly signal: AbortSignal;
}

export type LimitBy = 'address' | 'caller' | 'tenant' | 'route' | {
  readonly header: string;
};

export type LimitHeaders = 'standard' | 'legacy' | 'both' | 'none';

export interface LimitRule extends RateLimit {
  readonly name?: string;
  readonly by?: LimitBy;
  readonly cost?: number;
}

export interface LimitingOptions {
  readonly everywhere?: LimitRule | readonly LimitRule[];
  readonly onUnavailable?: OnUnavailable;
  readonly nodes?: number;
  readonly patience?: Duration;
  readonly pause?: Duration;
  readonly headers?: LimitHeaders;
  readonly prefixBits?: PrefixBits;
  readonly failedLogins?: RateLimit | 'unlimited';
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

export type Middleware<C extends object = object, A extends object = object> = (request: MiddlewareRequest<C>, next: Next) => Promise<Reply | Answered<A>>;

export declare class MiddlewareRequest<C extends object = object> {
  #private;
  readonly call: Call;
  readonly route: CheckedRouteRule;
  readonly context: C;
  constructor(exchange: Exchange, call: Call, route: CheckedRouteRule, context: C);
  get method(): string;
  get path(): string;
  get target(): string;
  get headers(): RequestHeaders;
  get clientAddress(): string | undefined;
  get identity(): Identity | undefined;
  addAnswerHeader(name: string, value: string): void;
}

export declare class MiddlewareStack<C extends object = object, M extends string = never> {
  #private;
  readonly placed: readonly PlacedMiddleware[];
  constructor(placed: readonly PlacedMiddleware[]);
  use<A extends object>(name: string, run: Middleware<C, A>): MiddlewareStack<C & A, M>;
  offer<N extends string, A extends object>(name: N, run: Middleware<C, A>): MiddlewareStack<C & Partial<A>, M | N>;
}

export interface Next {
  (): Promise<Answered>;
  <A extends object>(added: A): Promise<Answered<A>>;
}

export type NodeHandler = (message: IncomingMessage, response: ServerResponse<IncomingMessage>) => void;

export type NodeUpgradeHandler = (message: IncomingMessage, socket: Duplex, head: Buffer) => void;

export type OnUnavailable = 'refuse' | 'admit' | 'local';

export interface OperationOptions {
  readonly accessLog?: AccessLogOptions;
  readonly redact?: RedactionOptions;
  readonly audit?: AuditSink;
  readonly requestIds?: RequestIdsFrom;
}

export interface PlacedMiddleware {
  readonly name: string;
  readonly offered: boolean;
  readonly run: Middleware<never>;
}

export type PlannedAspect = 'route' | 'service' | 'access' | 'limit' | 'handling';

export interface PlannedChange {
  readonly index: number;
  readonly before: PlannedTreatment;
  readonly after: PlannedTreatment;
  readonly differs: readonly PlannedAspect[];
}

export interface PlannedTreatment {
  readonly decision: 'served' | 'no route' | 'method not allowed' | 'refused';
  readonly rule?: CheckedRouteRule;
}

export type Policy = (question: PolicyQuestion, call: Call) => boolean | Promise<boolean>;

export interface PolicyQuestion {
  readonly identity: Identity;
  readonly request: Omit<IncomingRequest, 'body'>;
}

export interface PrefixBits {
  readonly ipv4?: number;
  readonly ipv6?: number;
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly traceId: string;
  readonly requestId?: string;
}

export interface RedactionOptions {
  readonly headers?: readonly string[];
  readonly parameters?: readonly string[];
}

export interface RememberedTokens {
  readonly maxTokens?: number;
  readonly maxBytes?: number;
}

export declare class Reply {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  constructor(options: ReplyOptions);
  send({ request, response }: Exchange): void;
}

export interface ReplyOptions {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export declare class RequestHeaders {
  readonly raw: readonly string[];
  readonly names: readonly string[];
  readonly byName: Readonly<Record<string, string | readonly string[]>>;
  constructor(raw: readonly string[], parsed?: Pick<RequestHeaders, 'names' | 'byName'>);
  static of(fields: Fields): RequestHeaders;
  single(name: string): string | undefined;
  isRepeated(name: string): boolean;
  combined(name: string): string | undefined;
}

export type RequestIdsFrom = 'nobody' | 'proxies' | 'clients';

export type RolePermissions = Readonly<Record<string, readonly string[]>>;

export interface RouteExplanation {
  readonly decision: 'served' | 'no route' | 'method not allowed' | 'refused';
  readonly path?: string;
  readonly route?: string;
  readonly serviceName?: string;
  readonly order: readonly string[];
  readonly allow: readonly RouteMethod[];
  readonly problem?: string;
  readonly considered: readonly ConsideredRoute[];
}

export interface RouteMatch {
  readonly hosts?: readonly string[];
  readonly path: string;
  readonly exact?: boolean;
  readonly methods?: readonly RouteMethod[];
  readonly headers?: Readonly<Record<string, ValueMatch>>;
  readonly query?: Readonly<Record<string, ValueMatch>>;
}

export type RouteMethod = (typeof routeMethods)[number];

export interface RoutePlan {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  readonly requests: readonly PlannedChange[];
}

export interface RouteRule<S extends string = string, M extends string = string> extends RouteMatch {
  readonly id?: string;
  readonly serviceName: S;
  readonly version?: string;
  readonly tags?: readonly string[];
  readonly timeout?: Duration;
  readonly maxAttempts?: number;
  readonly idleTimeout?: Duration;
  readonly upgrades?: readonly string[];
  readonly authorize?: Authorization;
  readonly roles?: readonly string[];
  readonly public?: boolean;
  readonly cors?: CorsRule;
  readonly rateLimit?: LimitRule | readonly LimitRule[];
  readonly stripPrefix?: boolean;
  readonly middleware?: readonly M[];
}

export interface RoutesState {
  readonly revision: number;
  readonly refused?: {
    readonly revision: number;
    readonly problem: string;
  };
}

export type ShownAddress = 'prefix' | 'whole' | 'none';

export type ValueMatch = string | {
  readonly prefix: string;
};

export type WhyNot = 'host' | 'path' | 'method' | 'headers' | 'query' | 'another one is more specific';

export declare const corsDefaults: {
  readonly credentials: false;
  readonly allowHeaders: readonly [
  ];
  readonly exposeHeaders: readonly [
  ];
  readonly maxAge: "10m";
};

export declare const gatewayErrors: GatewayErrors;

export declare const identityDefaults: {
  readonly issuer: "tutti-gateway";
  readonly lifetime: "30s";
};

export declare function jwksFrom(url: string, options?: JwksFromOptions): FetchKeys;

export declare const jwksFromDefaults: {
  readonly maxBytes: 262144;
};

export declare function jwt(options: JwtOptions): Authenticator;

export declare const jwtDefaults: {
  readonly clockSkew: "5s";
  readonly tenantClaim: "tenant";
  readonly rolesClaim: "roles";
  readonly scopesClaim: "scope";
  readonly keysMaxAge: "10m";
  readonly keysMaxStale: "1d";
};

export declare const limitDefaults: {
  readonly maxBodyBytes: 10485760;
  readonly maxReplayBytes: 65536;
  readonly maxCollectedBytes: 16777216;
  readonly maxHeaderBytes: 16384;
  readonly maxTargetBytes: 8192;
  readonly maxHeaders: 100;
  readonly maxConnections: 10000;
  readonly maxConnectionsPerClient: 1000;
  readonly minBytesPerSecond: 240;
  readonly slowGrace: "5s";
  readonly maxLoopDelay: "200ms";
  readonly headersTimeout: "10s";
  readonly requestTimeout: "5m";
  readonly idleTimeout: "65s";
  readonly lameDuck: "250ms";
  readonly drainTimeout: "10s";
};

export declare const limitRuleDefaults: {
  readonly name: "default";
  readonly by: "caller";
  readonly cost: 1;
};

export declare const limitingDefaults: {
  readonly everywhere: readonly [
  ];
  readonly onUnavailable: "refuse";
  readonly nodes: 1;
  readonly patience: "40ms";
  readonly pause: "1s";
  readonly headers: "standard";
  readonly failedLogins: {
    readonly tokens: 100;
    readonly refillRate: 1;
  };
};

export declare function middlewareStack(): MiddlewareStack;

export declare const prefixBitsDefaults: {
  readonly ipv4: 32;
  readonly ipv6: 64;
};

export declare const rememberedTokensDefaults: {
  readonly maxTokens: 10000;
  readonly maxBytes: 33554432;
};

export declare function reply(options: ReplyOptions): Reply;

export declare const routeDefaults: {
  readonly timeout: "30s";
  readonly maxAttempts: 3;
  readonly idleTimeout: "1m";
  readonly upgrades: readonly [
  ];
  readonly public: false;
  readonly stripPrefix: false;
};

// not exported, but part of what is

declare class RequestBody extends Readable {
  #private;
  readonly length: number | undefined;
  constructor(source: Readable, options: RequestBodyOptions);
  get begun(): boolean;
  get received(): number;
  get trailers(): readonly string[];
  get starved(): boolean;
  _read(): void;
  _destroy(error: Error | null, callback: (error: Error | null) => void): void;
}

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

interface Exchange {
  readonly request: IncomingRequest;
  readonly response: ResponseSink;
  readonly tried: string[];
  readonly requestId?: string;
  endpoint?: Endpoint;
  identity?: Identity;
  context?: object;
  saysWhoMayRead?: boolean;
  vouched?: (call: Call) => readonly string[];
}

interface IncomingRequest {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string;
  readonly headers: RequestHeaders;
  readonly body: RequestBody | undefined;
  readonly clientAddress: string | undefined;
  readonly proxies?: readonly string[];
  readonly scheme?: 'http' | 'https';
  readonly upgrade?: Upgrade;
}

interface RequestBodyOptions {
  readonly length?: number | undefined;
  readonly maxBytes: number;
  readonly rest: 'drain' | 'destroy';
  readonly onFirstRead?: () => void;
}

interface ResponseSink {
  readonly added: string[];
  readonly status: number;
  readonly begun: boolean;
  readonly answering: boolean;
  inform(status: number, headers: readonly string[]): void;
  begin(status: number, headers: string[]): void;
  flush(): void;
  write(chunk: Uint8Array): boolean;
  whenDrained(listener: () => void): void;
  trail(fields: readonly string[]): void;
  end(chunk?: Uint8Array): void;
  destroy(error: Error): void;
  whenGone(listener: (reason: Error) => void): void;
}

interface Upgrade {
  readonly protocol: string;
  accept(headers: readonly string[]): Duplex;
}

type CheckedLimitRule = Required<LimitRule>;
