import type { MetricLabels } from '@tutti/core';
import type { Metric } from './metric.ts';

/** For the `Content-Type` header of `exposition`. */
export const expositionContentType = 'text/plain; version=0.0.4; charset=utf-8';

/** The Prometheus text format, version 0.0.4. */
export function exposition(metrics: Iterable<Metric>): string {
  let text = '';
  for (const metric of metrics) {
    text += `# TYPE ${metric.name} ${metric.kind}\n`;
    for (const { name, labels, value } of metric.samples()) text += `${name}${labelText(labels)} ${numberText(value)}\n`;
  }
  return text;
}

function labelText(labels: MetricLabels): string {
  const entries = Object.entries(labels);
  return entries.length === 0 ? '' : `{${entries.map(([label, value]) => `${label}="${escaped(value)}"`).join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}
