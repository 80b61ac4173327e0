import type { MetricLabels, MetricSample } from '@tutti/core';

/** One metric under one set of labels. */
export interface Series {
  readonly labels: MetricLabels;
  take(value: number): void;
  samples(name: string): Iterable<MetricSample>;
}

export class CounterSeries implements Series {
  readonly labels: MetricLabels;
  #total = 0;

  constructor(labels: MetricLabels) {
    this.labels = labels;
  }

  take(by: number): void {
    this.#total += by;
  }

  *samples(name: string): Generator<MetricSample> {
    yield { name, labels: this.labels, value: this.#total };
  }
}

export class GaugeSeries implements Series {
  readonly labels: MetricLabels;
  #value = 0;

  constructor(labels: MetricLabels) {
    this.labels = labels;
  }

  take(value: number): void {
    this.#value = value;
  }

  *samples(name: string): Generator<MetricSample> {
    yield { name, labels: this.labels, value: this.#value };
  }
}

export class HistogramSeries implements Series {
  readonly labels: MetricLabels;
  readonly #bounds: readonly number[];
  /** How many values each bucket holds by itself; the last one takes what is above all bounds. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(labels: MetricLabels, bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  take(value: number): void {
    const at = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = at === -1 ? this.#bounds.length : at;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  /** Buckets hold everything up to their bound (Prometheus text format). */
  *samples(name: string): Generator<MetricSample> {
    let count = 0;
    for (const [bucket, own] of this.#counts.entries()) {
      count += own;
      const bound = this.#bounds[bucket];
      yield { name: `${name}_bucket`, labels: { ...this.labels, le: bound === undefined ? '+Inf' : String(bound) }, value: count };
    }
    yield { name: `${name}_sum`, labels: this.labels, value: this.#sum };
    yield { name: `${name}_count`, labels: this.labels, value: count };
  }
}
