import type { Duration } from '../options/duration.ts';

/** What keeps a user on one side of a split: who is calling, or the value of one request header (its name in lower case). */
export type TrafficUnit = 'tenant' | 'principal' | { readonly header: string };

/** All that is named must hold; at least one thing is named. */
export interface TrafficMatch {
  readonly tenant?: string;
  /** Exact values by header name in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Requests that match go to one version, whatever the weights say. */
export interface TrafficRule {
  readonly when: TrafficMatch;
  readonly version: string;
}

/**
 * How the traffic of one service is split between its versions: the first rule that matches decides, else the weights.
 *
 * Endpoints of other versions, and those that name none, get nothing while there are weights. Without any weight what no rule
 * decides is not split: it goes to whatever endpoint. So `{ serviceName, weights: {} }` lifts a plan.
 */
export interface TrafficPlan {
  readonly serviceName: string;
  /** Relative to their sum. A version of weight 0 gets no request by weight, not one. */
  readonly weights: Readonly<Record<string, number>>;
  readonly rules?: readonly TrafficRule[];
  /**
   * Requests with the same unit go to the same version for as long as the weights stay, and growing the weight of one version
   * moves units to that version only, while the others keep their proportions. A request without the unit is assigned by chance,
   * as are all without `bucketBy`.
   */
  readonly bucketBy?: TrafficUnit;
  /**
   * What becomes of a request whose version has no endpoint that may take it. `none`: it is refused, so that a split stays what it
   * is. `others`: it goes to the other versions by their weights. @defaultValue 'none'
   */
  readonly fallback?: 'none' | 'others';
}

/** One revision of a plan, as the store remembers it. */
export interface TrafficRevision {
  readonly revision: number;
  /** Absent when what stands there is no plan; `problem` says why. No replica follows it: each keeps the last that it could read. */
  readonly plan?: TrafficPlan;
  readonly problem?: string;
  readonly actor: string;
  /** RFC 3339, by the clock of the store. */
  readonly changedAt: string;
}

/** Steers traffic on every replica of the mesh. Desired state: it outlives the process that wrote it. */
export interface TrafficControl {
  /**
   * Writes the plan as a new revision and returns it. Revisions count for each service from 1; 0 says that there is no plan yet.
   * @throws INVALID_ARGUMENT naming the path of the first thing that is wrong with the plan; then nothing was written.
   * @throws CONFIG_CONFLICT when the current revision is not `expectedRevision`; then nothing was written.
   */
  apply(plan: TrafficPlan, expectedRevision: number, actor?: string): Promise<number>;
  /**
   * Resolves when no replica follows a plan of the service older than `revision`, and from then on none does; names those that
   * still do after `deadline`.
   * @throws INVALID_ARGUMENT when there is no such revision yet, or the deadline is too short to find out.
   */
  acknowledged(serviceName: string, revision: number, deadline: Duration): Promise<{ readonly lagging: readonly string[] }>;
  /**
   * Writes an earlier plan as a new revision, whatever the current one is, and returns the new one.
   * @throws INVALID_ARGUMENT when the history holds no readable plan of that revision (any more).
   */
  rollback(serviceName: string, toRevision: number, actor: string): Promise<number>;
  /** Newest first, the current one included; at most `limit` (1 to 1,000). */
  history(serviceName: string, limit: number): Promise<readonly TrafficRevision[]>;
}
