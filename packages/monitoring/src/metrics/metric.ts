import type { MetricLabels, MetricSample } from '@tutti/core';
import { prometheusLabel } from './prometheus-name.ts';
import type { Series } from './series.ts';

export type MetricKind = 'counter' | 'gauge' | 'histogram';

/** A step from label to label, in the order in which callers give them. */
class LabelNode {
  series: Series | undefined = undefined;
  readonly children: Map<string, Map<string, LabelNode>> = new Map();

  next(label: string, value: string): LabelNode | undefined {
    return this.children.get(label)?.get(value);
  }

  grow(label: string, value: string): LabelNode {
    const values = this.children.get(label) ?? new Map<string, LabelNode>();
    this.children.set(label, values);
    const node = values.get(value) ?? new LabelNode();
    values.set(value, node);
    return node;
  }
}

const noLabels: MetricLabels = Object.freeze({});

/** Where values go when a metric has as many series as it may have (OpenTelemetry, "Cardinality limits"). */
const overflowLabels: MetricLabels = Object.freeze({ otel_metric_overflow: 'true' });

/** One metric and its series, of which there are never more than `maxSeries` and one. */
export class Metric {
  readonly name: string;
  readonly kind: MetricKind;
  readonly #makeSeries: (labels: MetricLabels) => Series;
  readonly #maxSeries: number;
  readonly #onOverflow: () => void;
  readonly #root = new LabelNode();
  readonly #series = new Map<string, Series>();
  #overflow: Series | undefined;

  constructor(name: string, kind: MetricKind, makeSeries: (labels: MetricLabels) => Series, maxSeries: number, onOverflow: () => void) {
    this.name = name;
    this.kind = kind;
    this.#makeSeries = makeSeries;
    this.#maxSeries = maxSeries;
    this.#onOverflow = onOverflow;
  }

  /** Of labels seen before, found without making anything: this is called for every request there is. */
  seriesOf(labels: MetricLabels = noLabels): Series {
    let node: LabelNode | undefined = this.#root;
    for (const label in labels) {
      node = node.next(label, labels[label] as string);
      if (!node) return this.#admit(labels);
    }
    return node.series ?? this.#admit(labels);
  }

  *samples(): Generator<MetricSample> {
    for (const series of this.#series.values()) yield* series.samples(this.name);
    if (this.#overflow) yield* this.#overflow.samples(this.name);
  }

  /** The same labels in another order are the same series. Those beyond the limit are not remembered in any way. */
  #admit(labels: MetricLabels): Series {
    const canonical = canonicalLabels(labels);
    const key = JSON.stringify(canonical);
    let series = this.#series.get(key);
    if (!series) {
      if (this.#series.size >= this.#maxSeries) return this.#overflowing();
      series = this.#makeSeries(canonical);
      this.#series.set(key, series);
    }
    let node = this.#root;
    for (const label in labels) node = node.grow(label, labels[label] as string);
    node.series = series;
    return series;
  }

  #overflowing(): Series {
    if (!this.#overflow) {
      this.#overflow = this.#makeSeries(overflowLabels);
      this.#onOverflow();
    }
    return this.#overflow;
  }
}

/** Labels as they leave the process: names that Prometheus takes, values that are strings, sorted. */
export function canonicalLabels(labels: MetricLabels): MetricLabels {
  const entries = Object.entries(labels).map(([label, value]) => [prometheusLabel(label), String(value).toWellFormed()] as const);
  return Object.freeze(Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))));
}
