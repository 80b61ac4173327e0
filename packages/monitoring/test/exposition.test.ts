import { testRuntime } from '@tutti/core/testing';
import { SystemMonitor } from '@tutti/monitoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ParsedSample, parseExposition } from './parse-exposition.ts';

describe('the exposition', () => {
  it('is what Prometheus reads', () => {
    const monitor = new SystemMonitor();
    monitor.recordMetric('voice_commands_processed', 7, { service: 'voice-interface', type: 'document_analysis' });
    monitor.count('http.requests', 1, { path: 'say "hi"\\\n' });
    monitor.count('http.requests', 2, { path: 'say "hi"\\\n' });
    monitor.gauge('temperature', Number.NEGATIVE_INFINITY);
    for (const seconds of [0.0005, 0.3, 0.3, 1_000]) monitor.observe('latency_seconds', seconds);
    expect(monitor.exposition()).toBe(`# TYPE http_requests counter
http_requests{path="say \\"hi\\"\\\\\\n"} 3
# TYPE latency_seconds histogram
latency_seconds_bucket{le="0.001"} 1
latency_seconds_bucket{le="0.0025"} 1
latency_seconds_bucket{le="0.005"} 1
latency_seconds_bucket{le="0.01"} 1
latency_seconds_bucket{le="0.025"} 1
latency_seconds_bucket{le="0.05"} 1
latency_seconds_bucket{le="0.1"} 1
latency_seconds_bucket{le="0.25"} 1
latency_seconds_bucket{le="0.5"} 3
latency_seconds_bucket{le="1"} 3
latency_seconds_bucket{le="2.5"} 3
latency_seconds_bucket{le="5"} 3
latency_seconds_bucket{le="10"} 3
latency_seconds_bucket{le="30"} 3
latency_seconds_bucket{le="60"} 3
latency_seconds_bucket{le="300"} 3
latency_seconds_bucket{le="+Inf"} 4
latency_seconds_sum 1000.6005
latency_seconds_count 4
# TYPE temperature gauge
temperature -Inf
# TYPE voice_commands_processed gauge
voice_commands_processed{service="voice-interface",type="document_analysis"} 7
`);
  });

  it('can be read whatever was measured, and says the same as a query', async () => {
    const name = fc.oneof(
      fc.constantFrom('a', 'a_count', 'a.count', 'a_sum', 'a_bucket', 'b_bytes'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    const labels = fc.dictionary(
      fc.oneof(fc.constantFrom('le', '__name__', '__proto__', 'x.y', 'x_y'), fc.string({ maxLength: 4 })),
      fc.string({ unit: 'binary' }),
      {
        maxKeys: 3,
        noNullPrototype: true,
      },
    );
    const measurement = fc.record({
      how: fc.constantFrom('count' as const, 'gauge' as const, 'observe' as const),
      name,
      labels,
      value: fc.double(),
    });
    const runtime = testRuntime();
    await fc.assert(
      fc.asyncProperty(fc.array(measurement, { maxLength: 30 }), async (measurements) => {
        const monitor = new SystemMonitor({ runtime, maxSeriesPerMetric: 3 });
        for (const { how, name: metric, value, labels: under } of measurements) monitor[how](metric, value, under);
        const read: ParsedSample[] = [...parseExposition(monitor.exposition()).values()].flatMap(({ samples }) => samples);
        for (const sampleName of new Set(read.map((sample) => sample.name))) {
          const asked = (await monitor.latest(sampleName)).map((sample) => ({ ...sample, value: sample.value + 0 }));
          expect(asked).toEqual(read.filter((sample) => sample.name === sampleName));
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a 1\n', 'not a line of samples'],
    ['# TYPE a gauge\na 1', 'does not end'],
    ['# TYPE a gauge\na 1\na 2\n', 'a second sample'],
    ['# TYPE a gauge\nb 1\n', 'b among the samples of a'],
    ['# TYPE a gauge\na{x="1",} 1\n', 'a label is missing'],
    ['# TYPE a gauge\na{x="1"y="2"} 1\n', 'not labels'],
    ['# TYPE a gauge\n# TYPE a counter\n', 'a second family'],
    ['# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n', 'do not rise'],
    ['# TYPE a histogram\na_bucket{le="+Inf"} 1\na_sum 1\na_count 2\n', 'is not its count'],
  ])('is read strictly: %j is refused (control)', (text, problem) => {
    expect(() => parseExposition(text)).toThrowError(problem);
  });
});
