import { callable, checkOptions, type Duration, duration, durationMs, type Endpoint, finiteNumber, wholeNumber } from '@tutti/core';
import type { HealthProbe } from '../health/health-probe.ts';
import type { MassLossLimits } from './mass-loss.ts';

/**
 * When to doubt the registry instead of its endpoints. Leases of many that end together (a switch that failed, a registry that
 * lost its data or stood still) say more about the registry than about each of them.
 */
export interface SelfPreservationOptions {
  /** The share of a service that must be lost within `window`. Above 0, at most 1. @defaultValue 0.3 */
  readonly share?: number;
  /** Longer than a third of the ttl, over which leases that ended together end. @defaultValue '10s' */
  readonly window?: Duration;
  /** Services with fewer endpoints are taken at the registry's word. Whole, ≥ 2. @defaultValue 4 */
  readonly minEndpoints?: number;
  /** The registry is believed at last when an endpoint was suspect for so long, whoever answers there. @defaultValue '15m' */
  readonly keepFor?: Duration;
  /** How a suspect is asked whether it lives. @defaultValue by connecting to its host and port */
  readonly probe?: (endpoint: Endpoint) => HealthProbe;
}

export const selfPreservationDefaults = { share: 0.3, window: '10s', minEndpoints: 4, keepFor: '15m' } as const;

export interface SelfPreservation extends MassLossLimits {
  readonly keepForMs: number;
  readonly probe: (endpoint: Endpoint) => HealthProbe;
}

const connects = ({ host, port }: Endpoint): HealthProbe => ({ kind: 'tcp', host, port });

/** @throws INVALID_OPTIONS */
export function checkSelfPreservation(options: SelfPreservationOptions | 'off'): SelfPreservation | undefined {
  if (options === 'off') return undefined;
  const path = 'discovery.selfPreservation';
  const checked = checkOptions<SelfPreservationOptions, typeof selfPreservationDefaults>(
    path,
    options,
    {
      optional: {
        share: finiteNumber({ min: 0.01, max: 1 }),
        window: duration,
        minEndpoints: wholeNumber({ min: 2 }),
        keepFor: duration,
        probe: callable,
      },
    },
    selfPreservationDefaults,
  );
  const { share, minEndpoints, probe = connects } = checked;
  return {
    share,
    minEndpoints,
    probe,
    windowMs: durationMs(checked.window, `${path}.window`),
    keepForMs: durationMs(checked.keepFor, `${path}.keepFor`),
  };
}
