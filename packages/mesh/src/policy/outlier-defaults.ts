import type { OutlierPolicy } from './service-policy.ts';

/** Envoy's. */
export const outlierDefaults: Readonly<Required<OutlierPolicy>> = {
  consecutiveFailures: 5,
  interval: '10s',
  baseEjection: '30s',
  maxEjection: '300s',
  maxShare: 0.1,
  minEndpoints: 5,
  minRequests: 100,
  deviationFactor: 1.9,
  failureShare: 0,
  ejectSingle: false,
};
