import type { MetricLabels } from '../runtime/telemetry.ts';

export interface MetricSample {
  readonly name: string;
  readonly labels: MetricLabels;
  readonly value: number;
}

/** Answers questions about measurements. */
export interface MetricQuery {
  /** The latest value of every series of the metric whose labels include these. */
  latest(name: string, labels?: MetricLabels): Promise<readonly MetricSample[]>;
}
