import {
  type Attributes,
  type Counter,
  context,
  createTraceState,
  type Gauge,
  type Histogram,
  type Meter,
  metrics as metricsApi,
  SpanKind as OtelKind,
  type Span as OtelSpan,
  type Tracer as OtelTracer,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { failureClass } from '../errors/failure.ts';
import { messageOf } from '../errors/message-of.ts';
import { TuttiError } from '../errors/tutti-error.ts';
import type { MetricSink, Span, SpanKind, SpanStart, Telemetry, Tracer } from '../runtime/telemetry.ts';

const scope = '@tutti/core';

const kinds: Readonly<Record<SpanKind, OtelKind>> = {
  internal: OtelKind.INTERNAL,
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  producer: OtelKind.PRODUCER,
  consumer: OtelKind.CONSUMER,
};

/**
 * Traces and measurements through the OpenTelemetry API, to whatever SDK the host has registered. While none is, both members are
 * undefined and nothing is made; one that is registered later is noticed.
 *
 * @example
 * ```ts
 * import { defaultRuntime } from '@tutti/core';
 * import { otelTelemetry } from '@tutti/core/otel';
 *
 * const runtime = { ...defaultRuntime, telemetry: otelTelemetry() };
 * console.log(runtime.telemetry.tracer); // undefined: no SDK is registered
 * ```
 */
export function otelTelemetry(): Telemetry {
  let tracer: Tracer | undefined;
  let sink: MetricSink | undefined;
  return {
    get tracer() {
      tracer ??= tracerOf(registeredTracer());
      return tracer;
    },
    get metrics() {
      sink ??= sinkOf(registeredMeter());
      return sink;
    },
  };
}

/** The provider of the API hands out stand-ins until an SDK is registered; only then has it a delegate. */
function registeredTracer(): OtelTracer | undefined {
  const provider = trace.getTracerProvider();
  if ('getDelegateTracer' in provider && typeof provider.getDelegateTracer === 'function') return provider.getDelegateTracer(scope);
  return provider.getTracer(scope);
}

/** There is no delegate for meters: the stand-in is known by the name of its class. */
function registeredMeter(): Meter | undefined {
  const provider = metricsApi.getMeterProvider();
  return provider.constructor.name === 'NoopMeterProvider' ? undefined : provider.getMeter(scope);
}

function tracerOf(tracer: OtelTracer | undefined): Tracer | undefined {
  return (
    tracer && {
      start(name: string, { kind, traceparent, tracestate, attributes = {} }: SpanStart): Span {
        const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
        const parent = trace.setSpanContext(ROOT_CONTEXT, {
          traceId,
          spanId,
          traceFlags: Number.parseInt(flags, 16),
          isRemote: true,
          ...(tracestate !== undefined && { traceState: createTraceState(tracestate) }),
        });
        return spanOf(tracer.startSpan(name, { kind: kinds[kind], attributes }, parent));
      },
    }
  );
}

function spanOf(span: OtelSpan): Span {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    set: (name, value) => void span.setAttribute(name, value),
    run: (work) => context.with(trace.setSpan(context.active(), span), work),
    end(error) {
      if (error !== undefined) {
        span.setAttribute('error.type', TuttiError.is(error) ? error.code : failureClass(error));
        span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
        if (error instanceof Error) span.recordException(error);
      }
      span.end();
    },
  };
}

function sinkOf(meter: Meter | undefined): MetricSink | undefined {
  if (!meter) return undefined;
  const counters = new Map<string, Counter<Attributes>>();
  const gauges = new Map<string, Gauge<Attributes>>();
  const histograms = new Map<string, Histogram<Attributes>>();
  const once = <T>(known: Map<string, T>, name: string, make: () => T): T => {
    let instrument = known.get(name);
    if (instrument === undefined) {
      instrument = make();
      known.set(name, instrument);
    }
    return instrument;
  };
  return {
    count: (name, by, labels) => once(counters, name, () => meter.createCounter(name)).add(by, labels),
    gauge: (name, value, labels) => once(gauges, name, () => meter.createGauge(name)).record(value, labels),
    observe: (name, value, labels) => once(histograms, name, () => meter.createHistogram(name)).record(value, labels),
  };
}
