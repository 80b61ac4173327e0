import type { MetricSink, Runtime } from '@tutti/core';

/** What discovery measures, for the runtime's metrics where somebody listens. */
export class DiscoveryCounter {
  readonly #metrics: MetricSink | undefined;

  constructor({ telemetry }: Pick<Runtime, 'telemetry'>) {
    this.#metrics = telemetry.metrics;
  }

  known(service: string, endpoints: number, suspects: number): void {
    this.#metrics?.gauge('tutti_discovery_endpoints', endpoints, { service });
    this.#metrics?.gauge('tutti_discovery_suspects', suspects, { service });
  }

  /** The registry of a service was lost; one loss, however often it is tried in vain. */
  lost(service: string): void {
    this.#metrics?.count('tutti_discovery_registry_losses_total', 1, { service });
  }

  recovered(service: string, afterMs: number): void {
    this.#metrics?.observe('tutti_discovery_stale_seconds', afterMs / 1_000, { service });
  }

  malformed(service: string): void {
    this.#metrics?.count('tutti_discovery_malformed_records_total', 1, { service });
  }

  /** So many endpoints were lost at once that the registry is doubted. */
  preserved(service: string): void {
    this.#metrics?.count('tutti_discovery_self_preservations_total', 1, { service });
  }

  /** An end that was doubted is believed. */
  believed(service: string, why: string): void {
    this.#metrics?.count('tutti_discovery_doubts_settled_total', 1, { service, why });
  }

  /** A call that renewed the leases of this process, or did not. */
  renewed(outcome: 'done' | 'failed'): void {
    this.#metrics?.count('tutti_discovery_renewals_total', 1, { outcome });
  }

  /** A life of this process was found to be over. */
  lifeLost(service: string, how: 'gone' | 'replaced'): void {
    this.#metrics?.count('tutti_discovery_lives_lost_total', 1, { service, how });
  }
}
