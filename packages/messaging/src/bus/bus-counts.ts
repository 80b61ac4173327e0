import type { CloudEvent, MetricLabels, Runtime } from '@tutti/core';

/** What happened to the events of one subscription, in this member, since it began. */
export interface SubscriptionCounts {
  readonly handled: number;
  readonly failed: number;
  readonly retried: number;
  readonly deadLettered: number;
  readonly duplicates: number;
  readonly filtered: number;
  readonly takenOver: number;
  /** Outcomes that came too late: the delivery was somebody else's by then. */
  readonly refused: number;
}

type Count = keyof SubscriptionCounts;

/** Counted as `tutti_messaging_events_total`, label `outcome`. */
const metric = 'tutti_messaging_events_total';
/** From the time that an event bears to the first call of a handler, by the wall clocks of both ends. */
const lagMetric = 'tutti_messaging_delivery_lag_seconds';

/** Counts for the inspection of this member, and for the runtime's metrics where somebody listens. */
export class SubscriptionCounter {
  readonly #counts: Record<Count, number> = {
    handled: 0,
    failed: 0,
    retried: 0,
    deadLettered: 0,
    duplicates: 0,
    filtered: 0,
    takenOver: 0,
    refused: 0,
  };
  readonly #runtime: Runtime;
  readonly #labels: Readonly<Record<Count, MetricLabels>>;
  readonly #lagLabels: MetricLabels;

  constructor(group: string, pattern: string, runtime: Runtime) {
    this.#runtime = runtime;
    this.#lagLabels = Object.freeze({ group, pattern });
    const labelled = (outcome: Count): [Count, MetricLabels] => [outcome, Object.freeze({ group, pattern, outcome })];
    this.#labels = Object.fromEntries((Object.keys(this.#counts) as Count[]).map(labelled)) as Record<Count, MetricLabels>;
  }

  add(what: Count): void {
    this.#counts[what]++;
    this.#runtime.telemetry.metrics?.count(metric, 1, this.#labels[what]);
  }

  /** What comes late is late once: not when it is tried again, nor when it is replayed. */
  lag({ time }: CloudEvent): void {
    const { metrics } = this.#runtime.telemetry;
    if (!metrics) return;
    const lagMs = this.#runtime.clock.epoch() - Date.parse(time);
    // a stranger's event may bear no time, and clocks of two machines may disagree
    if (lagMs >= 0) metrics.observe(lagMetric, lagMs / 1_000, this.#lagLabels);
  }

  counts(): SubscriptionCounts {
    return { ...this.#counts };
  }
}
