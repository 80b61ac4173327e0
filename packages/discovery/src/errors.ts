import { defineErrors, type ErrorFactory, type ErrorSpec } from '@tutti/core';

/** Every code that discovery itself throws. */
export interface DiscoveryErrors {
  readonly DISCOVERY_UNAVAILABLE: ErrorSpec<{ serviceName: string; backend: string }>;
  readonly DISCOVERY_PROBE_FAILED: ErrorSpec<{ target: string; problem: string }>;
}

export const discoveryErrors: DiscoveryErrors = {
  DISCOVERY_UNAVAILABLE: {
    retryable: true,
    message: (d) => `nothing is known of ${d.serviceName} yet, and the registry (${d.backend}) cannot be read`,
  },
  DISCOVERY_PROBE_FAILED: { retryable: true, message: (d) => `${d.target} ${d.problem}` },
};

export const discoveryError: ErrorFactory<DiscoveryErrors> = defineErrors(discoveryErrors);
