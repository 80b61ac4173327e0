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

export type SpanValue = string | number | boolean;

/** As OpenTelemetry names them. */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export interface SpanStart {
  readonly kind: SpanKind;
  /** The parent, as W3C Trace Context, section 3.2, writes it. */
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
  readonly attributes?: Readonly<Record<string, SpanValue>>;
}

/** One piece of work in a trace. Nothing of it throws. */
export interface Span {
  /** What the work passes on. */
  readonly traceparent: string;
  set(name: string, value: SpanValue): void;
  /** Makes the span current, for libraries that look for it themselves, while `work` runs and what it awaits. */
  run<T>(work: () => T): T;
  /** Once. With an error the work failed. */
  end(error?: unknown): void;
}

export interface Tracer {
  start(name: string, start: SpanStart): Span;
}

/** Where traces and measurements go. A member that is undefined says that nobody listens: then nothing is made for it. */
export interface Telemetry {
  readonly tracer: Tracer | undefined;
  readonly metrics: MetricSink | undefined;
}

export const silentTelemetry: Telemetry = Object.freeze({ tracer: undefined, metrics: undefined });
