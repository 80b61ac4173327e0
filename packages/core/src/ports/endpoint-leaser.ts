import type { Endpoint } from './endpoint.ts';
import type { HttpDispatcher } from './http-dispatcher.ts';

/** Request headers, by names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a lease may take into account. */
export interface LeaseHints {
  /** Instances already tried for this request: another one is preferred. */
  readonly exclude?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
  /** Who asks, as the authentication step named them. */
  readonly principal?: string | undefined;
  /** For plans, hashes and sessions that look at headers. */
  readonly headers?: RequestHeaders | undefined;
  /** Only endpoints of this version; stronger than any plan. */
  readonly version?: string | undefined;
  /** Only endpoints with all of these tags. */
  readonly tags?: readonly string[] | undefined;
}

/**
 * How the use of an endpoint ended. Only `failure` counts against it: `cancelled` says that the caller lost interest,
 * and `rejected` that the caller's own request was at fault.
 */
export interface LeaseOutcome {
  readonly kind: 'success' | 'failure' | 'cancelled' | 'rejected';
  readonly latencyMs: number;
  readonly status?: number;
  readonly error?: unknown;
}

/** The right to send one request to one endpoint. Every lease ends with `done`, once; without it the balancer is blind. */
export interface EndpointLease {
  readonly endpoint: Endpoint;
  /** Connections to the endpoint, shared with every other lease of it. */
  readonly dispatcher: HttpDispatcher;
  /** A header that the client is to get, so that it comes back to the same instance: its name in lower case and its value. */
  readonly session?: readonly [name: string, value: string];
  /**
   * The answer has begun after `latencyMs`; how long the rest of it lasts then says nothing about the load. Optional, for long
   * streams; only the first call counts.
   */
  answered?(latencyMs: number): void;
  /** How busy the server says that it is, from 0 to 1. Optional. */
  reported?(load: number): void;
  /** A second call is ignored. */
  done(outcome: LeaseOutcome): void;
}

/** Picks endpoints. */
export interface EndpointLeaser {
  /**
   * Synchronous: decides on what is known now.
   * @throws a typed error that lists why each endpoint was passed over, when none can take the request.
   */
  lease(serviceName: string, hints?: LeaseHints): EndpointLease;
  /** Whether it is known now where requests to the service may go, even if nowhere; what was known may become too old. */
  isReady(serviceName: string): boolean;
  /** Resolves when it is known. */
  ready(serviceName: string): Promise<void>;
}
