import { checkOptions, coreError, type Duration, defaultRuntime, duration, durationMs, objectWith, type Runtime } from '@tutti/core';
import type { DiscoveryBackend } from './backend/discovery-backend.ts';
import { HealthChecker } from './health/health-checker.ts';
import { checkSelfPreservation, type SelfPreservation, type SelfPreservationOptions } from './preservation/self-preservation.ts';
import type { HealthChecks } from './preservation/suspects.ts';

export interface ServiceDiscoveryOptions {
  /** Where endpoints are written down. It is this discovery's alone, and closed when it stops. */
  readonly backend: DiscoveryBackend;
  /** Asks the instances that are registered here with a `healthCheck`, and those whose end is doubted. @defaultValue a new HealthChecker */
  readonly healthChecks?: Pick<HealthChecker, 'watchHealth'>;
  /** How long an endpoint outlives its process. Renewed three times within it. @defaultValue '10s' */
  readonly ttl?: Duration;
  /** A service is no longer followed when nobody has asked for it, waited or listened for so long, or up to twice that. @defaultValue '1h' */
  readonly forgetAfter?: Duration;
  /** Whether a registry that loses many endpoints at once is doubted, and when. @defaultValue the defaults of {@link SelfPreservationOptions} */
  readonly selfPreservation?: SelfPreservationOptions | 'off';
  readonly runtime?: Runtime;
}

export const serviceDiscoveryDefaults = { ttl: '10s', forgetAfter: '1h' } as const;

const shortestTtlMs = 100;

export interface DiscoverySettings {
  readonly backend: DiscoveryBackend;
  readonly runtime: Runtime;
  readonly checks: HealthChecks;
  readonly ttlMs: number;
  readonly forgetMs: number;
  readonly preservation: SelfPreservation | undefined;
}

/** @throws INVALID_OPTIONS */
export function checkDiscoveryOptions(options: ServiceDiscoveryOptions): DiscoverySettings {
  const checked = checkOptions(
    'discovery',
    options,
    {
      required: { backend: objectWith('a DiscoveryBackend', 'put', 'renew', 'mark', 'remove', 'watch', 'close') },
      optional: {
        healthChecks: objectWith('a HealthChecker', 'watchHealth'),
        ttl: duration,
        forgetAfter: duration,
        selfPreservation: () => undefined, // checked below, with its own path
        runtime: objectWith('a Runtime', 'clock'),
      },
    },
    serviceDiscoveryDefaults,
  );
  const { backend, runtime = defaultRuntime, selfPreservation = {} } = checked;
  const ttlMs = durationMs(checked.ttl, 'discovery.ttl');
  if (ttlMs < shortestTtlMs)
    throw coreError('INVALID_OPTIONS', { path: 'discovery.ttl', problem: `must be at least ${shortestTtlMs}ms, got '${checked.ttl}'` });
  return {
    backend,
    runtime,
    ttlMs,
    checks: checked.healthChecks ?? new HealthChecker({ runtime }),
    forgetMs: durationMs(checked.forgetAfter, 'discovery.forgetAfter'),
    preservation: checkSelfPreservation(selfPreservation),
  };
}
