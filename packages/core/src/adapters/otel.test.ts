import { context, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { Call } from '../call/call.ts';
import { coreError } from '../errors/core-errors.ts';
import { compose } from '../handler/compose.ts';
import { metered } from '../policy/metered.ts';
import { traced } from '../policy/traced.ts';
import { testRuntime } from '../testing/index.ts';
import { otelTelemetry } from './otel.ts';

afterEach(() => {
  trace.disable();
  metrics.disable();
  context.disable();
});

describe('telemetry over OpenTelemetry', () => {
  it('makes nothing while no SDK is registered, and notices one that is registered later', () => {
    const telemetry = otelTelemetry();
    expect([telemetry.tracer, telemetry.metrics]).toEqual([undefined, undefined]);
    trace.setGlobalTracerProvider(new BasicTracerProvider());
    metrics.setGlobalMeterProvider(new MeterProvider());
    expect([telemetry.tracer, telemetry.metrics]).not.toContain(undefined);
  });

  it('ties the spans of nested layers, and of the process that called, into one trace', async () => {
    const exporter = new InMemorySpanExporter();
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
    const runtime = { ...testRuntime(), telemetry: otelTelemetry() };
    const failure = coreError('INVALID_DATA', { path: 'a', problem: 'is wrong' });
    const layers = [traced({ operation: 'outer', kind: 'server' }), traced({ operation: 'inner', attributes: () => ({ pages: 3 }) })];
    const call = Call.root({ runtime, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'vendor=1' });
    await expect(compose(() => Promise.reject(failure), layers)(undefined, call)).rejects.toBe(failure);
    const [inner, outer] = exporter.getFinishedSpans();
    expect(outer).toMatchObject({ name: 'outer', kind: SpanKind.SERVER, parentSpanContext: { spanId: 'b'.repeat(16) } });
    expect(inner).toMatchObject({
      name: 'inner',
      parentSpanContext: { spanId: outer?.spanContext().spanId },
      attributes: { pages: 3, 'error.type': 'INVALID_DATA' },
      status: { code: SpanStatusCode.ERROR, message: 'a is wrong' },
    });
    expect(inner?.spanContext().traceId).toBe('a'.repeat(32));
    expect(inner?.spanContext().traceState?.get('vendor')).toBe('1');
  });

  it('records measurements in instruments made once', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
    const provider = new MeterProvider({ readers: [reader] });
    metrics.setGlobalMeterProvider(provider);
    const runtime = { ...testRuntime(), telemetry: otelTelemetry() };
    const read = compose(async () => 'read', [metered({ operation: 'reading' })]);
    for (let each = 0; each < 3; each++) await read(undefined, Call.root({ runtime }));
    runtime.telemetry.metrics?.count('pages', 2);
    runtime.telemetry.metrics?.count('pages', 3);
    await provider.forceFlush();
    const recorded = exporter.getMetrics()[0]?.scopeMetrics[0]?.metrics ?? [];
    expect(recorded.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.map(({ value }) => value)])).toMatchObject([
      ['tutti_operation_duration_seconds', [{ count: 3 }]],
      ['pages', [5]],
    ]);
    await provider.shutdown();
  });
});
