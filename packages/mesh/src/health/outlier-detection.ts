import { type Repeating, type Runtime, repeat } from '@tutti/core';
import type { EndpointRecord } from '../endpoint/endpoint-record.ts';
import type { MeshMetrics } from '../mesh-metrics.ts';
import { outlierDefaults } from '../policy/outlier-defaults.ts';
import type { EndpointSet } from '../service/endpoint-set.ts';
import { mostEjected, type OutlierSettings, outliersOf } from './outliers.ts';

/** For an ejection by hand where the policy has none. */
const unasked: OutlierSettings = { ...outlierDefaults, intervalMs: 0, baseEjectionMs: 30_000, maxEjectionMs: 300_000 };

/** Leaves endpoints of one service out for a while when their answers are bad, and never too many of them. */
export class OutlierDetection {
  readonly #serviceName: string;
  readonly #endpoints: EndpointSet;
  readonly #settings: () => OutlierSettings | undefined;
  readonly #runtime: Runtime;
  readonly #metrics: MeshMetrics;
  readonly #changed: () => void;
  #sweeps: Repeating | undefined = undefined;
  #sweptEveryMs = 0;

  constructor(
    serviceName: string,
    endpoints: EndpointSet,
    settings: () => OutlierSettings | undefined,
    { runtime, metrics }: { readonly runtime: Runtime; readonly metrics: MeshMetrics },
    changed: () => void,
  ) {
    this.#serviceName = serviceName;
    this.#endpoints = endpoints;
    this.#settings = settings;
    this.#runtime = runtime;
    this.#metrics = metrics;
    this.#changed = changed;
    this.rearm();
  }

  /** The settings may be others now. */
  rearm(): void {
    const intervalMs = this.#settings()?.intervalMs ?? 0;
    if (intervalMs === this.#sweptEveryMs) return;
    void this.stop();
    this.#sweptEveryMs = intervalMs;
    if (intervalMs > 0) {
      this.#sweeps = repeat(this.#runtime, { name: `outliers of ${this.#serviceName}`, intervalMs, jitter: 0 }, async () => this.sweep());
    }
  }

  async stop(): Promise<void> {
    const sweeps = this.#sweeps;
    this.#sweeps = undefined;
    await sweeps?.stop();
  }

  /** It failed too often in a row. */
  failing(record: EndpointRecord): void {
    const settings = this.#settings();
    if (settings) this.#eject(record, settings, 'consecutive failures');
  }

  /** Somebody says that it is not well. Bounded like any ejection. */
  eject(record: EndpointRecord): void {
    this.#eject(record, this.#settings() ?? unasked, 'by hand');
  }

  /** Compares what all answered since the last time. */
  sweep(): void {
    const settings = this.#settings();
    if (!settings) return;
    const now = this.#runtime.clock.now();
    const records = [...this.#endpoints.values()];
    const standOut = outliersOf(
      records.map(({ passiveHealth }) => passiveHealth.sweep),
      settings,
    );
    records.forEach(({ passiveHealth: { ejections, sweep } }, index) => {
      const wasBack = now - ejections.until >= settings.intervalMs;
      if (wasBack && !standOut.includes(index)) ejections.healthySweep();
      sweep.answers = 0;
      sweep.failures = 0;
    });
    for (const index of standOut) this.#eject(records[index] as EndpointRecord, settings, 'share of failures');
  }

  #eject(record: EndpointRecord, settings: OutlierSettings, cause: string): void {
    const now = this.#runtime.clock.now();
    if (now < record.passiveHealth.ejections.until) return;
    let ejected = 0;
    for (const each of this.#endpoints.values()) if (now < each.passiveHealth.ejections.until) ejected++;
    if (ejected >= mostEjected(this.#endpoints.size, settings)) return;
    const forMs = record.passiveHealth.eject(now, settings.baseEjectionMs, settings.maxEjectionMs);
    this.#metrics.ejected(this.#serviceName, cause);
    this.#runtime.logger.log('warn', 'an endpoint is left out because its answers are bad', {
      serviceName: this.#serviceName,
      instanceId: record.instanceId,
      cause,
      forMs,
    });
    this.#changed();
  }
}
