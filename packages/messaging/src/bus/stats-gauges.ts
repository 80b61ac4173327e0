import { type Repeating, type Runtime, repeat } from '@tutti/core';
import type { SubscriptionStats } from '../transport/event-transport.ts';

export interface StatsGauges {
  stop(): Promise<void>;
}

const intervalMs = 15_000;

/** Tells the runtime's metrics every 15 s how the subscriptions of the store stand; does nothing where nobody listens. */
export function statsGauges(name: string, stats: () => Promise<readonly SubscriptionStats[]>, runtime: Runtime): StatsGauges | undefined {
  const { metrics } = runtime.telemetry;
  if (!metrics) return undefined;
  const gauges: Repeating = repeat(runtime, { name: `${name}: measuring subscriptions`, intervalMs, jitter: 0.1 }, async () => {
    for (const { group, pattern, waiting, running, delayed, deadLetters, oldestAgeMs } of await stats()) {
      const labels = { group, pattern };
      metrics.gauge('tutti_messaging_waiting_events', waiting, labels);
      metrics.gauge('tutti_messaging_running_events', running, labels);
      metrics.gauge('tutti_messaging_delayed_events', delayed, labels);
      metrics.gauge('tutti_messaging_dead_letters', deadLetters, labels);
      metrics.gauge('tutti_messaging_oldest_event_age_seconds', oldestAgeMs / 1_000, labels);
    }
  });
  gauges.trigger();
  return gauges;
}
