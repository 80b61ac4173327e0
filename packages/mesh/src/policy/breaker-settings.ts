import { consecutiveFailures, durationMs, failureRate, failureRateDefaults, type TripPolicy } from '@tutti/core';
import type { BreakerPolicy } from './service-policy.ts';

/** What a policy says of a breaker, with every default filled in. */
export interface PolicyBreaker {
  /** Equal for what means the same: a breaker outlives a change of policy that does not concern it. */
  readonly key: string;
  readonly trip: TripPolicy;
  readonly openForMs: number;
  readonly openForMaxMs: number;
  readonly probes: number;
  readonly successesToClose: number;
}

export function breakerSettings(policy: BreakerPolicy): PolicyBreaker {
  const { failures = 5, failureShare: share, probes = 1 } = policy;
  const { minCalls = failureRateDefaults.minCalls, window = failureRateDefaults.window } = policy;
  const openForMs = durationMs(policy.openFor ?? '10s');
  const openForMaxMs = Math.max(openForMs, durationMs(policy.openForMax ?? '2m'));
  const trips = share === undefined ? [failures] : [share, minCalls, durationMs(window)];
  return {
    key: JSON.stringify([trips, openForMs, openForMaxMs, probes]),
    trip: share === undefined ? consecutiveFailures(failures) : failureRate({ share, minCalls, window }),
    openForMs,
    openForMaxMs,
    probes,
    successesToClose: 1,
  };
}
