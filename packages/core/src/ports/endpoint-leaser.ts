import type { Endpoint } from './endpoint.ts';
import type { HttpDispatcher } from './http-dispatcher.ts';

/** What a lease may take into account. */
export interface LeaseHints {
  /** Instances already tried for this request: another one is preferred. */
  readonly exclude?: readonly string[];
  readonly tenant?: string;
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
  /** Resolves when the endpoints of the service are known for the first time, even if there are none. */
  ready(serviceName: string): Promise<void>;
}
