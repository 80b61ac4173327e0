export type MetricLabels = Readonly<Record<string, string>>;

/** Takes measurements. Never throws, never waits. */
export interface MetricSink {
  /** Adds to a counter, which only rises. */
  count(name: string, by: number, labels?: MetricLabels): void;
  /** Sets a gauge. */
  gauge(name: string, value: number, labels?: MetricLabels): void;
  /** Records one value of a distribution, in the base unit (seconds, bytes). */
  observe(name: string, value: number, labels?: MetricLabels): void;
}

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
