import type { Duration } from '../options/duration.ts';

/** How the traffic of one service is split between its versions. Weights are relative to their sum. */
export interface TrafficPlan {
  readonly serviceName: string;
  readonly weights: Readonly<Record<string, number>>;
}

/** Steers traffic on every replica of the mesh. Desired state: it outlives the process that wrote it. */
export interface TrafficControl {
  /**
   * Writes the plan as a new revision and returns it.
   * @throws a typed conflict when the current revision is not `expectedRevision`; then nothing has changed.
   */
  apply(plan: TrafficPlan, expectedRevision: number): Promise<number>;
  /** Waits until no replica follows a plan older than `revision`; names those that still do after `deadline`. */
  acknowledged(revision: number, deadline: Duration): Promise<{ readonly lagging: readonly string[] }>;
}
