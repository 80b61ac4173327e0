import type { MetricSample } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { MetricStore } from './metric-store.ts';

function store(maxSeries = 1_000): { readonly metrics: MetricStore; readonly warnings: string[] } {
  const warnings: string[] = [];
  return { metrics: new MetricStore(maxSeries, { enabled: () => true, log: (_level, message) => void warnings.push(message) }), warnings };
}
const values = (samples: readonly MetricSample[]): Record<string, number> =>
  Object.fromEntries(samples.map(({ name, labels, value }) => [`${name}${JSON.stringify(labels)}`, value]));

describe('measurements', () => {
  it('of a counter add up, of a gauge replace each other', async () => {
    const { metrics } = store();
    metrics.count('calls', 1);
    metrics.count('calls', 2.5);
    metrics.gauge('depth', 4);
    metrics.gauge('depth', -1);
    expect([...(await metrics.latest('calls')), ...(await metrics.latest('depth'))]).toEqual([
      { name: 'calls', labels: {}, value: 3.5 },
      { name: 'depth', labels: {}, value: -1 },
    ]);
  });

  it('of a distribution are counted in buckets of seconds, or of bytes where the name says so', async () => {
    const { metrics } = store();
    metrics.observe('body_bytes', 1_000);
    metrics.observe('took_seconds', 0.02);
    expect(values(await metrics.latest('body_bytes_bucket', {}))['body_bytes_bucket{"le":"1024"}']).toBe(1);
    expect(values(await metrics.latest('took_seconds_bucket', {}))['took_seconds_bucket{"le":"0.025"}']).toBe(1);
    expect([await metrics.latest('body_bytes'), values(await metrics.latest('body_bytes_sum'))]).toEqual([
      [],
      { 'body_bytes_sum{}': 1_000 },
    ]);
  });

  it('are of one series under the same labels, in whatever order they are given', async () => {
    const { metrics } = store();
    metrics.count('calls', 1, { service: 'voice', status: 'ok' });
    metrics.count('calls', 1, { status: 'ok', service: 'voice' });
    metrics.count('calls', 1, { service: 'voice' });
    metrics.count('calls', 1, { service: 'chart', status: 'ok' });
    expect(values(await metrics.latest('calls', { service: 'voice' }))).toEqual({
      'calls{"service":"voice","status":"ok"}': 2,
      'calls{"service":"voice"}': 1,
    });
  });

  it('of more series than allowed go into one, with one warning, however many they are', async () => {
    const { metrics, warnings } = store(10);
    for (let user = 0; user < 100_000; user++) metrics.count('calls', 1, { user: String(user) });
    metrics.count('calls', 1, { user: '3' });
    const samples = await metrics.latest('calls');
    expect(samples).toHaveLength(11);
    expect(values(samples)).toMatchObject({ 'calls{"user":"3"}': 2, 'calls{"otel_metric_overflow":"true"}': 99_990 });
    expect(warnings).toEqual([
      'measurements of calls cannot be kept as they are: it has 10 series; others go into the one with otel_metric_overflow="true"',
    ]);
  });

  it.each([
    ['a counter that would fall', (metrics: MetricStore) => metrics.count('x', -1), 'a counter only rises'],
    ['a count of NaN', (metrics: MetricStore) => metrics.count('x', Number.NaN), 'a counter only rises'],
    ['a value of no size', (metrics: MetricStore) => metrics.observe('x', Number.NaN), 'a distribution takes finite numbers only'],
    ['another kind of the same name', (metrics: MetricStore) => metrics.observe('taken', 1), 'it is a gauge, and was used as a histogram'],
    [
      'a name that a histogram needs',
      (metrics: MetricStore) => metrics.gauge('h_sum', 1),
      'its name, or one made from it, is taken by another metric',
    ],
    [
      'a histogram that needs a name',
      (metrics: MetricStore) => metrics.observe('g', 1),
      'its name, or one made from it, is taken by another metric',
    ],
  ])('drop %s, with one warning', async (_what, measure, problem) => {
    const { metrics, warnings } = store();
    metrics.gauge('taken', 5);
    metrics.observe('h', 1);
    metrics.gauge('g_count', 1);
    const before = metrics.metrics.flatMap((metric) => [...metric.samples()]);
    measure(metrics);
    measure(metrics);
    expect(metrics.metrics.flatMap((metric) => [...metric.samples()])).toEqual(before);
    expect(warnings.map((warning) => warning.slice(warning.indexOf(': ') + 2))).toEqual([problem]);
  });
});
