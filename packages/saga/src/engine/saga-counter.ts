import type { MetricSink, Runtime } from '@tutti/core';
import type { SagaStatus } from '../store/saga-record.ts';

/** Counts what this process does, for the runtime's metrics where somebody listens. */
export class SagaCounter {
  readonly #metrics: MetricSink | undefined;

  constructor({ telemetry }: Runtime) {
    this.#metrics = telemetry.metrics;
  }

  started(saga: string): void {
    this.#metrics?.count('tutti_saga_started_total', 1, { saga });
  }

  ended(saga: string, status: SagaStatus): void {
    this.#metrics?.count('tutti_saga_ended_total', 1, { saga, status });
  }

  /** It was given back until its time comes. */
  parked(saga: string): void {
    this.#metrics?.count('tutti_saga_waits_total', 1, { saga });
  }

  stepDone(saga: string, step: string, durationMs: number): void {
    this.#metrics?.observe('tutti_saga_step_duration_seconds', durationMs / 1_000, { saga, step });
  }

  retried(saga: string, step: string): void {
    this.#metrics?.count('tutti_saga_retries_total', 1, { saga, step });
  }

  undoFailed(saga: string, step: string): void {
    this.#metrics?.count('tutti_saga_undo_failures_total', 1, { saga, step });
  }

  takenOver(saga: string): void {
    this.#metrics?.count('tutti_saga_takeovers_total', 1, { saga });
  }

  /** A write came after another worker had taken the saga: the fence held. */
  fenced(saga: string): void {
    this.#metrics?.count('tutti_saga_fence_refusals_total', 1, { saga });
  }
}
