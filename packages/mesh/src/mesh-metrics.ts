import type { MetricLabels, Runtime } from '@tutti/core';

/** What the mesh tells the runtime's metrics beside the outcome of each request; nothing is made where nobody listens. */
export class MeshMetrics {
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** No endpoint could take a request. */
  nobody(service: string): void {
    this.#count('tutti_mesh_no_endpoint_total', { service });
  }

  /** A request was given out while the health of endpoints is not believed. */
  panicked(service: string): void {
    this.#count('tutti_mesh_panic_picks_total', { service });
  }

  ejected(service: string, cause: string): void {
    this.#count('tutti_mesh_ejections_total', { service, cause });
  }

  retried(service: string): void {
    this.#count('tutti_mesh_retries_total', { service });
  }

  /** Trouble that a policy asked for. */
  faulted(service: string): void {
    this.#count('tutti_mesh_faults_injected_total', { service });
  }

  #count(name: string, labels: MetricLabels): void {
    this.#runtime.telemetry.metrics?.count(name, 1, labels);
  }
}
