import type { Duration } from '@tutti/core';

/** How requests are shared out. A name, or an object where there is something to say about it. */
export type BalancePolicy =
  | BalanceKind
  | { readonly kind: 'least-connections'; readonly scan?: 'two' | 'all' }
  | { readonly kind: 'ring-hash' | 'maglev'; readonly on: HashSource; readonly loadFactor?: number };

export type BalanceKind = 'peak-ewma' | 'round-robin' | 'weighted' | 'least-connections' | 'random';

/** What of a request decides where it goes. */
export type HashSource = 'tenant' | 'principal' | { readonly header: string };

/** A client comes back to the instance that it was at first. Exactly one of `cookie` and `header`. */
export interface StickyPolicy {
  /** Name of the cookie, which the mesh asks to be set. */
  readonly cookie?: string;
  /** Name of the request header, under which the client sends back what it got in the response header of that name. */
  readonly header?: string;
  /** Signs what is given out, so that nobody makes one up. At least 16 characters; all replicas need the same. */
  readonly secret: string;
}

/** When an endpoint whose answers are bad is left out for a while. Envoy's outlier detection, and its defaults. */
export interface OutlierPolicy {
  /** Failures in a row that eject at once. @defaultValue 5 */
  readonly consecutiveFailures?: number;
  /** Between two looks at the shares of failures. @defaultValue '10s' */
  readonly interval?: Duration;
  /** The first ejection; each further one lasts as much longer. @defaultValue '30s' */
  readonly baseEjection?: Duration;
  /** @defaultValue '300s' */
  readonly maxEjection?: Duration;
  /** No larger share of the endpoints is ejected at a time, though always one if there are two or more. @defaultValue 0.1 */
  readonly maxShare?: number;
  /** Endpoints with enough requests that it takes to compare them. @defaultValue 5 */
  readonly minEndpoints?: number;
  /** Requests of an endpoint within the interval that make it comparable. @defaultValue 100 */
  readonly minRequests?: number;
  /** Ejects below `mean - factor * standard deviation` of the shares of successes. @defaultValue 1.9 */
  readonly deviationFactor?: number;
  /** Ejects at this share of failures, from `minRequests / 2` requests on; 0 for not at all. @defaultValue 0 */
  readonly failureShare?: number;
  /** Whether the only endpoint of a service may be ejected. @defaultValue false */
  readonly ejectSingle?: boolean;
}

/** A three-state breaker. Opens after `failures` in a row, or at `failureShare` of at least `minCalls` in the window. */
export interface BreakerPolicy {
  /** @defaultValue 5, unless `failureShare` is given */
  readonly failures?: number;
  readonly failureShare?: number;
  /** @defaultValue 20 */
  readonly minCalls?: number;
  /** @defaultValue '10s' */
  readonly window?: Duration;
  /** @defaultValue '10s' */
  readonly openFor?: Duration;
  /** @defaultValue '2m' */
  readonly openForMax?: Duration;
  /** Calls at a time while half-open. @defaultValue 1 */
  readonly probes?: number;
}

/** How many requests may be under way, and wait. */
export interface LimitsPolicy {
  /** To the service, from this process. @defaultValue 1024 */
  readonly maxInFlight?: number;
  /** Requests that may wait for that, not beyond their deadline. @defaultValue 1024 */
  readonly maxQueue?: number;
  /** To one endpoint; further ones go to another. @defaultValue 1024 */
  readonly maxPerEndpoint?: number;
}

export interface RetryPolicy {
  /** Tries in all, each at another endpoint if there is one. @defaultValue 3 */
  readonly maxAttempts?: number;
  /** Full jitter up to this before the first repetition, and twice as much before each further one. @defaultValue '25ms' */
  readonly initialDelay?: Duration;
  /** @defaultValue '1s' */
  readonly maxDelay?: Duration;
  /** Answers that are asked for again, if that is safe. @defaultValue [502, 503, 504] */
  readonly statuses?: readonly number[];
  /** Repetitions as a share of the requests. @defaultValue 0.2 */
  readonly budgetShare?: number;
  /** Repetitions a second that are allowed beside that. @defaultValue 10 */
  readonly budgetPerSecond?: number;
}

export interface HedgePolicy {
  /** How long an answer may take before another endpoint is asked beside the first. */
  readonly after: Duration;
  /** @defaultValue 0.05 */
  readonly budgetShare?: number;
}

export interface SlowStartPolicy {
  readonly window: Duration;
  /** @defaultValue 1 */
  readonly aggression?: number;
  /** @defaultValue 0.1 */
  readonly minShare?: number;
}

/** Tokens for each caller: its principal, else its tenant, else all others together. */
export interface RateLimitPolicy {
  readonly tokens: number;
  /** Tokens a second. */
  readonly refillRate: number;
}

/** Trouble made on purpose. A request meets one at most; the shares of all that match it add up, and what is beyond 1 is cut off. */
export interface FaultPolicy {
  /** Of the requests that match, from 0 to 1. */
  readonly share: number;
  /** Only requests with these headers. @defaultValue all */
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers with this instead of sending. */
  readonly status?: number;
  /** Waits before going on. */
  readonly delay?: Duration;
}

/** How this process's own prober asks the endpoints. Needs the mesh's `prober`. */
export type ProbePolicy =
  | {
      readonly kind: 'http';
      readonly path: string;
      /** Whether the answer must name the service; see `Probe` of core. @defaultValue false */
      readonly identity?: boolean;
    }
  | { readonly kind: 'tcp' };

/** What holds for the calls of one service. Plain data, so that it can come from a ConfigStore. */
export interface ServicePolicy {
  /** @defaultValue 'peak-ewma' */
  readonly balance?: BalancePolicy;
  readonly sticky?: StickyPolicy;
  /** `false` for none. @defaultValue Envoy's */
  readonly outliers?: OutlierPolicy | false;
  /** A breaker around each endpoint. @defaultValue none */
  readonly endpointBreaker?: BreakerPolicy;
  /** A breaker around the service: one for all that call it, which counts what counts against its endpoints. @defaultValue none */
  readonly serviceBreaker?: BreakerPolicy;
  readonly limits?: LimitsPolicy;
  /** How long a call may take in all, every try included; an earlier deadline of the caller holds. @defaultValue '30s' */
  readonly timeout?: Duration;
  /** How long one try may take. @defaultValue what is left of `timeout` */
  readonly attemptTimeout?: Duration;
  readonly retry?: RetryPolicy;
  /** @defaultValue none */
  readonly hedge?: HedgePolicy;
  /** @defaultValue none */
  readonly slowStart?: SlowStartPolicy;
  /** With a smaller share of the endpoints available all are used; 0 for never. @defaultValue 0.5 */
  readonly panicBelow?: number;
  /** Whether endpoints in the mesh's own zone come first. Needs the mesh's `zone`. @defaultValue true */
  readonly preferZone?: boolean;
  /** How long an endpoint is avoided after a connection to it failed; doubles up to 30 s while it goes on. @defaultValue '1s' */
  readonly coolDown?: Duration;
  /** How fast measured round trips are forgotten. @defaultValue '10s' */
  readonly decay?: Duration;
  /** Needs the mesh's `rateLimiter`. */
  readonly rateLimit?: RateLimitPolicy;
  readonly faults?: readonly FaultPolicy[];
  readonly probe?: ProbePolicy;
}

/** What holds for every service, and for some of them in place of that, field by field. */
export interface MeshPolicy {
  readonly defaults?: ServicePolicy;
  readonly services?: Readonly<Record<string, ServicePolicy>>;
}
