import type { MetricLabels } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { memoryBackend } from './adapters/memory.ts';
import { MemoryRegistry } from './adapters/memory-registry.ts';
import { ServiceDiscovery } from './service-discovery.ts';
import { faultyBackend } from './testing/faulty-backend.ts';

it('measures endpoints, losses and leases of services that exist, and nothing of names that were only asked for', async () => {
  const series = new Map<string, number>();
  const key = (name: string, labels: MetricLabels = {}): string =>
    `${name.replace('tutti_discovery_', '')} ${Object.values(labels).join(' ')}`;
  const metrics = {
    count: (name: string, by: number, labels?: MetricLabels) =>
      void series.set(key(name, labels), (series.get(key(name, labels)) ?? 0) + by),
    gauge: (name: string, value: number, labels?: MetricLabels) => void series.set(key(name, labels), value),
    observe: (name: string, value: number, labels?: MetricLabels) => void series.set(key(name, labels), value),
  };
  const runtime = { ...testRuntime(), telemetry: { tracer: undefined, metrics } };
  const registry = new MemoryRegistry({ runtime });
  const line = faultyBackend(memoryBackend({ registry }));
  const discovery = new ServiceDiscovery({ backend: line, runtime, ttl: '3s' });
  await discovery.registerService({ serviceName: 'voice', instanceId: 'a', host: 'localhost', port: 8009 });
  for (const name of ['voice', 'guessed-1', 'guessed-2']) await discovery.ready(name);
  expect(series.get('endpoints voice')).toBe(1);
  line.cut();
  await runtime.clock.advance(10_000);
  line.mend();
  await runtime.clock.advance(5_000);
  expect([series.get('registry_losses_total voice'), series.get('lives_lost_total voice gone')]).toEqual([1, 1]);
  expect(series.get('stale_seconds voice')).toBeGreaterThanOrEqual(10);
  expect(series.get('renewals_total done')).toBeGreaterThan(0);
  expect(series.get('renewals_total failed')).toBeGreaterThan(1);
  await discovery.stop();
  expect(series.get('endpoints voice')).toBe(0);
  expect([...series.keys()].filter((name) => name.includes('guessed'))).toEqual([]);
});
