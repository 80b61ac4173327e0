import { type Repeating, type Runtime, repeat } from '@tutti/core';
import type { SagaStats } from '../store/saga-desk.ts';

const intervalMs = 15_000;

/** Tells the runtime's metrics every 15 s how the sagas of the store stand; undefined where nobody listens. */
export function sagaGauges(stats: () => Promise<SagaStats>, runtime: Runtime): Repeating | undefined {
  const { metrics } = runtime.telemetry;
  if (!metrics) return undefined;
  const gauges = repeat(runtime, { name: 'measuring sagas', intervalMs, jitter: 0.1 }, async () => {
    const { counts, oldestDueMs, unpublished } = await stats();
    for (const { saga, status, count } of counts) metrics.gauge('tutti_saga_sagas', count, { saga, status });
    metrics.gauge('tutti_saga_oldest_due_seconds', oldestDueMs / 1_000);
    metrics.gauge('tutti_saga_unpublished_events', unpublished);
  });
  gauges.trigger();
  return gauges;
}
