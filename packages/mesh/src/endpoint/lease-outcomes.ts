import type { LeaseOutcome, MetricLabels, MetricSink, Runtime } from '@tutti/core';
import type { OutcomeLedger } from '../outcomes/outcome-ledger.ts';
import type { OutcomeRecorder } from '../outcomes/outcome-recorder.ts';
import type { EndpointRecord } from './endpoint-record.ts';

type Labels = Readonly<Record<LeaseOutcome['kind'], MetricLabels>>;

/** What an edge of the mesh, this process to one version of a service, is counted under. Made once for each endpoint. */
export interface OutcomePlaces {
  recorder: OutcomeRecorder;
  readonly labels: Labels;
}

/** Takes the end of every lease: for those who judge versions, and for metrics. Allocates nothing but once for each endpoint. */
export class LeaseOutcomes {
  readonly ledger: OutcomeLedger;
  readonly #metrics: MetricSink | undefined;

  constructor(ledger: OutcomeLedger, runtime: Runtime) {
    this.ledger = ledger;
    this.#metrics = runtime.telemetry.metrics;
  }

  ended(record: EndpointRecord, planRevision: number, unit: number, outcome: LeaseOutcome): void {
    const { serviceName, version } = record.endpoint;
    record.outcomePlaces ??= { recorder: this.ledger.recorder(serviceName, version, planRevision), labels: labelsOf(serviceName, version) };
    const places = record.outcomePlaces;
    const { kind, latencyMs } = outcome;
    if (kind !== 'cancelled') {
      if (places.recorder.planRevision !== planRevision) places.recorder = this.ledger.recorder(serviceName, version, planRevision);
      places.recorder.record(kind !== 'failure', latencyMs, unit);
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
