import type { MetricLabels, Runtime } from '@tutti/core';

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

  constructor(group: string, pattern: string, runtime: Runtime) {
    this.#runtime = runtime;
    const labelled = (outcome: Count): [Count, MetricLabels] => [outcome, Object.freeze({ group, pattern, outcome })];
    this.#labels = Object.fromEntries((Object.keys(this.#counts) as Count[]).map(labelled)) as Record<Count, MetricLabels>;
  }

  add(what: Count): void {
    this.#counts[what]++;
    this.#runtime.telemetry.metrics?.count(metric, 1, this.#labels[what]);
  }

  counts(): SubscriptionCounts {
    return { ...this.#counts };
  }
}
