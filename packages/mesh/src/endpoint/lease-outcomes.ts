import type { Endpoint, LeaseOutcome, MetricLabels, MetricSink, Runtime } from '@tutti/core';
import type { OutcomeLedger } from '../outcomes/outcome-ledger.ts';
import type { OutcomeRecorder } from '../outcomes/outcome-recorder.ts';
import type { TrafficRoute } from '../traffic/active-plan.ts';

type Labels = Readonly<Record<LeaseOutcome['kind'], MetricLabels>>;

/** What an edge of the mesh, this process to one version of a service, is counted under. Made once for each endpoint. */
export interface OutcomePlaces {
  recorder: OutcomeRecorder;
  readonly labels: Labels;
}

/** What the ends of leases are counted for: the record of an endpoint. */
export interface Counted {
  readonly endpoint: Endpoint;
  outcomePlaces: OutcomePlaces | undefined;
}

/** Takes the end of every lease: for those who judge versions, and for metrics. Allocates nothing but once for each endpoint. */
export class LeaseOutcomes {
  readonly ledger: OutcomeLedger;
  readonly #metrics: MetricSink | undefined;

  constructor(ledger: OutcomeLedger, runtime: Runtime) {
    this.ledger = ledger;
    this.#metrics = runtime.telemetry.metrics;
  }

  ended(record: Counted, followed: TrafficRoute | undefined, unit: number, outcome: LeaseOutcome): void {
    const planRevision = followed?.planRevision ?? 0;
    const { serviceName, version } = record.endpoint;
    record.outcomePlaces ??= { recorder: this.ledger.recorder(serviceName, version, planRevision), labels: labelsOf(serviceName, version) };
    const places = record.outcomePlaces;
    const { kind, latencyMs } = outcome;
    if (kind !== 'cancelled') {
      if (places.recorder.planRevision !== planRevision) places.recorder = this.ledger.recorder(serviceName, version, planRevision);
      places.recorder.record(kind !== 'failure', latencyMs, unit, followed?.assigned);
    }
    if (this.#metrics === undefined) return;
    this.#metrics.count('tutti_mesh_requests_total', 1, places.labels[kind]);
    this.#metrics.observe('tutti_mesh_request_duration_seconds', latencyMs / 1_000, places.labels[kind]);
  }
}

function labelsOf(service: string, version = ''): Labels {
  const of = (outcome: LeaseOutcome['kind']): MetricLabels => Object.freeze({ service, version, outcome });
  return { success: of('success'), failure: of('failure'), cancelled: of('cancelled'), rejected: of('rejected') };
}
