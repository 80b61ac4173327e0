import type { TrafficPlan, TrafficUnit } from '@tutti/core';
import { hashText } from './unit-hash.ts';

/** Where one request goes. The same object for every request that goes the same way. */
export interface TrafficRoute {
  /** The version that may take it; undefined: any endpoint may. */
  readonly version: string | undefined;
  /** False when no endpoint of the version can take it, and the plan wants it to go nowhere else. */
  readonly available: boolean;
  /** True when the version that was meant could not take it, and the plan has it go to this one instead. */
  readonly spilled: boolean;
  /**
   * True when the weights, and nothing else, gave the request to this version. Only such requests may be compared between versions:
   * those that a rule or a spill sent there are others than its share.
   */
  readonly assigned: boolean;
  /** The revision of the plan that was followed; 0 when there is none. */
  readonly planRevision: number;
}

/** One version of a plan, with all that may be said about going there. */
export interface TrafficTarget {
  readonly version: string;
  readonly weight: number;
  /** Tells the same unit apart between versions and services. */
  readonly seed: number;
  readonly chosen: TrafficRoute;
  readonly absent: TrafficRoute;
  readonly spilled: TrafficRoute;
}

export interface ActiveRule {
  readonly tenant: string | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly target: TrafficTarget;
}

/** A plan made ready to be followed: frozen, and swapped as a whole, so that no request sees parts of two. */
export interface ActivePlan {
  readonly serviceName: string;
  readonly revision: number;
  /** Absent while nobody has ever applied one. */
  readonly plan: TrafficPlan | undefined;
  readonly rules: readonly ActiveRule[];
  /** Those with a weight, by name. */
  readonly targets: readonly TrafficTarget[];
  readonly totalWeight: number;
  readonly bucketBy: TrafficUnit | undefined;
  readonly spills: boolean;
  /** The way of requests that the plan does not split. */
  readonly anywhere: TrafficRoute;
}

/** @param plan Checked before; undefined for a service without one. */
export function activePlan(serviceName: string, revision: number, plan: TrafficPlan | undefined): ActivePlan {
  const newTarget = targetsOf(serviceName, revision);
  const weights = Object.entries(plan?.weights ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const targets = weights.filter(([, weight]) => weight > 0).map(([version, weight]) => newTarget(version, weight, true));
  const rules = (plan?.rules ?? []).map(({ when, version }) =>
    Object.freeze({ tenant: when.tenant, headers: Object.entries(when.headers ?? {}), target: newTarget(version, 0, false) }),
  );
  return Object.freeze({
    serviceName,
    revision,
    plan,
    rules,
    targets,
    totalWeight: targets.reduce((sum, { weight }) => sum + weight, 0),
    bucketBy: plan?.bucketBy,
    spills: plan?.fallback === 'others',
    anywhere: Object.freeze({ version: undefined, available: true, spilled: false, assigned: false, planRevision: revision }),
  });
}

function targetsOf(serviceName: string, planRevision: number): (version: string, weight: number, byWeight: boolean) => TrafficTarget {
  return (version, weight, byWeight) => {
    const route = (available: boolean, spilled: boolean): TrafficRoute =>
      Object.freeze({ version, available, spilled, assigned: byWeight && !spilled, planRevision });
    const seed = hashText(`${serviceName}\0${version}`);
    return Object.freeze({ version, weight, seed, chosen: route(true, false), absent: route(false, false), spilled: route(true, true) });
  };
}
