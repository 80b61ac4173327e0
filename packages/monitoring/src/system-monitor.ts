import {
  type AuditRecord,
  type AuditSink,
  type Component,
  type ComponentState,
  checkOptions,
  component,
  coreError,
  defaultRuntime,
  type Health,
  type MetricLabels,
  type MetricQuery,
  type MetricSample,
  type MetricSink,
  objectWith,
  type Prober,
  type Runtime,
  wholeNumber,
} from '@tutti/core';
import { type AuditEntry, AuditRing } from './audit/audit-ring.ts';
import type { HealthCheck } from './health/health-check.ts';
import { type HealthChange, HealthChecks } from './health/health-checks.ts';
import { exposition } from './metrics/exposition.ts';
import { MetricStore } from './metrics/metric-store.ts';

export interface SystemMonitorOptions {
  /** Asks the endpoints of health checks: a HealthChecker. Without it there are no health checks. */
  readonly prober?: Prober;
  /** Values of further labels of a metric share one series. @defaultValue 1000 */
  readonly maxSeriesPerMetric?: number;
  /** Older records are pushed out. @defaultValue 10000 */
  readonly maxAuditRecords?: number;
  readonly runtime?: Runtime;
}

export const systemMonitorDefaults = { maxSeriesPerMetric: 1_000, maxAuditRecords: 10_000 } as const;

/** Knows how the system is: health checks, measurements and who did what, in the memory of this process. Starts by itself on first use. */
export class SystemMonitor implements Component, MetricSink, MetricQuery, AuditSink {
  readonly name = 'monitor';
  readonly #metrics: MetricStore;
  readonly #audit: AuditRing;
  readonly #checks: HealthChecks;
  readonly on: Component['on'];
  readonly #life: Component;

  constructor(options: SystemMonitorOptions = {}) {
    const {
      prober,
      maxSeriesPerMetric,
      maxAuditRecords,
      runtime = defaultRuntime,
    } = checkOptions(
      'monitor',
      options,
      {
        optional: {
          prober: objectWith('a Prober', 'watchHealth'),
          maxSeriesPerMetric: wholeNumber({ min: 1 }),
          maxAuditRecords: wholeNumber({ min: 1 }),
          runtime: objectWith('a Runtime', 'clock'),
        },
      },
      systemMonitorDefaults,
    );
    this.#metrics = new MetricStore(maxSeriesPerMetric, runtime.logger);
    this.#audit = new AuditRing(maxAuditRecords, runtime.clock);
    this.#checks = new HealthChecks(prober);
    this.#checks.onChange(({ name, health }) => this.gauge('health_check_up', health.status === 'unhealthy' ? 0 : 1, { check: name }));
    this.#life = component(this.name, { close: () => this.#checks.close() });
    this.on = this.#life.on;
  }

  get state(): ComponentState {
    return this.#life.state;
  }

  start(): Promise<void> {
    return this.#life.start();
  }

  /** Ends the health checks. What was measured and recorded can still be read. */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** How the monitor itself is; for what it watches see `systemHealth`. */
  health(): Promise<Health> {
    return this.#life.health();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /**
   * Watches an endpoint until the returned function is called. How often it is asked, and how many failures in a row make
   * it unhealthy, is the prober's matter (a HealthChecker: three failures, one success).
   * @throws INVALID_OPTIONS; INVALID_ARGUMENT for a name that is in use; CAPABILITY_MISSING without a prober.
   */
  registerHealthCheck(check: HealthCheck): () => void {
    const { name, state } = this;
    if (state === 'stopping' || state === 'stopped') throw coreError('NOT_RUNNING', { component: name, state });
    void this.start(); // there is nothing in it that could fail; it makes `stop` end the check
    return this.#checks.register(check);
  }

  /** How what a check watches is; undefined when there is no such check. */
  healthOf(name: string): Health | undefined {
    return this.#checks.healthOf(name);
  }

  /** All checks together: as bad as the worst of them. */
  systemHealth(): Health {
    return this.#checks.all();
  }

  /** Tells of every health check's first answer and of every change. The listener must not throw. */
  onHealthChange(listener: (change: HealthChange) => void): () => void {
    return this.#checks.onChange(listener);
  }

  /** Keeps the value as the latest of its series: a gauge. For what only rises there is `count`, for distributions `observe`. */
  recordMetric(name: string, value: number, labels?: MetricLabels): void {
    this.#metrics.gauge(name, value, labels);
  }

  count(name: string, by: number, labels?: MetricLabels): void {
    this.#metrics.count(name, by, labels);
  }

  gauge(name: string, value: number, labels?: MetricLabels): void {
    this.#metrics.gauge(name, value, labels);
  }

  observe(name: string, value: number, labels?: MetricLabels): void {
    this.#metrics.observe(name, value, labels);
  }

  latest(name: string, labels?: MetricLabels): Promise<readonly MetricSample[]> {
    return this.#metrics.latest(name, labels);
  }

  /** All measurements as Prometheus text, to be served as `expositionContentType`. */
  exposition(): string {
    return exposition(this.#metrics.metrics);
  }

  record(record: AuditRecord): Promise<void> {
    return this.#audit.record(record);
  }

  /** Newest first. */
  auditTrail(limit = 100): readonly AuditEntry[] {
    return this.#audit.newest(limit);
  }
}
