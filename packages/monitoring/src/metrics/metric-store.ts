import type { Logger, MetricLabels, MetricQuery, MetricSample, MetricSink } from '@tutti/core';
import { histogramBounds } from './histogram-bounds.ts';
import { canonicalLabels, Metric, type MetricKind } from './metric.ts';
import { prometheusName } from './prometheus-name.ts';
import { CounterSeries, GaugeSeries, HistogramSeries } from './series.ts';

/** Measurements in the memory of this process: the latest value of every series. What it cannot take it drops, with one warning. */
export class MetricStore implements MetricSink, MetricQuery {
  readonly #maxSeries: number;
  readonly #logger: Logger;
  /** By the name that callers use. */
  readonly #metrics = new Map<string, Metric>();
  /** By every name under which a sample leaves the process: a histogram has three beside its own. */
  readonly #bySample = new Map<string, Metric>();
  readonly #warned = new Set<string>();

  constructor(maxSeriesPerMetric: number, logger: Logger) {
    this.#maxSeries = maxSeriesPerMetric;
    this.#logger = logger;
  }

  count(name: string, by: number, labels?: MetricLabels): void {
    if (by >= 0 && by < Number.POSITIVE_INFINITY) this.#metric(name, 'counter')?.seriesOf(labels).take(by);
    else this.#warnOnce(name, 'a counter only rises');
  }

  gauge(name: string, value: number, labels?: MetricLabels): void {
    this.#metric(name, 'gauge')?.seriesOf(labels).take(value);
  }

  observe(name: string, value: number, labels?: MetricLabels): void {
    if (Number.isFinite(value)) this.#metric(name, 'histogram')?.seriesOf(labels).take(value);
    else this.#warnOnce(name, 'a distribution takes finite numbers only');
  }

  /** Samples under their exposed names: of a histogram `x` those are `x_bucket`, `x_sum` and `x_count`. */
  async latest(name: string, labels: MetricLabels = {}): Promise<readonly MetricSample[]> {
    const wanted = prometheusName(name);
    const conditions = Object.entries(canonicalLabels(labels));
    const samples = this.#bySample.get(wanted)?.samples() ?? [];
    return Array.from(samples).filter(
      (sample) => sample.name === wanted && conditions.every(([label, value]) => sample.labels[label] === value),
    );
  }

  /** By name. */
  get metrics(): readonly Metric[] {
    return [...new Set(this.#bySample.values())].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  #metric(name: string, kind: MetricKind): Metric | undefined {
    const metric = this.#metrics.get(name) ?? this.#open(name, kind);
    if (metric?.kind === kind) return metric;
    if (metric) this.#warnOnce(name, `it is a ${metric.kind}, and was used as a ${kind}`);
    return undefined;
  }

  #open(name: string, kind: MetricKind): Metric | undefined {
    const exposed = prometheusName(name);
    const sampleNames = kind === 'histogram' ? [exposed, `${exposed}_bucket`, `${exposed}_sum`, `${exposed}_count`] : [exposed];
    const known = this.#bySample.get(exposed);
    if (known?.name !== exposed && sampleNames.some((sample) => this.#bySample.has(sample))) {
      this.#warnOnce(name, 'its name, or one made from it, is taken by another metric');
      return undefined;
    }
    const metric = known ?? this.#newMetric(exposed, kind);
    this.#metrics.set(name, metric);
    if (!known) for (const sample of sampleNames) this.#bySample.set(sample, metric);
    return metric;
  }

  #newMetric(name: string, kind: MetricKind): Metric {
    const bounds = histogramBounds(name);
    const makeSeries = {
      counter: (labels: MetricLabels) => new CounterSeries(labels),
      gauge: (labels: MetricLabels) => new GaugeSeries(labels),
      histogram: (labels: MetricLabels) => new HistogramSeries(labels, bounds),
    }[kind];
    return new Metric(name, kind, makeSeries, this.#maxSeries, () =>
      this.#warnOnce(name, `it has ${this.#maxSeries} series; others go into the one with otel_metric_overflow="true"`),
    );
  }

  #warnOnce(name: string, problem: string): void {
    const warning = `measurements of ${name} cannot be kept as they are: ${problem}`;
    if (this.#warned.has(warning)) return;
    this.#warned.add(warning);
    this.#logger.log('warn', warning);
  }
}
