import { type Backoff, exponential } from '@tutti/core';
import type { PolicyBreaker } from '../policy/breaker-settings.ts';
import type { SlowStart } from './slow-start.ts';

/** What a policy says of each endpoint of a service. Replaced as a whole when the policy changes. */
export interface EndpointSettings {
  /** How fast what was measured is forgotten. */
  readonly decayMs: number;
  /** What an endpoint that only fails costs, as a round trip time: failing fast must not look like answering fast. */
  readonly failureCostMs: number;
  /** Requests under way at one endpoint; further ones go elsewhere. */
  readonly maxInFlight: number;
  readonly slowStart: SlowStart | undefined;
  readonly breaker: PolicyBreaker | undefined;
  /** How long an endpoint is avoided after its n-th failure to connect in a row. */
  readonly coolDown: Backoff;
  /** Failures in a row after which an endpoint is ejected; `Infinity` for never. */
  readonly failuresToEject: number;
}

/** Avoided for `initialMs`, twice as long with each further failure to connect, at most 30 s. */
export function coolDownFrom(initialMs: number): Backoff {
  return exponential({ initial: `${initialMs}ms`, factor: 2, max: '30s', jitter: 0 });
}
