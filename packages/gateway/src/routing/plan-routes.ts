import { isDeepStrictEqual } from 'node:util';
import type { IncomingRequest } from '../http/exchange.ts';
import { explainRoute } from './explain-route.ts';
import type { CheckedRouteRule } from './route-rule.ts';
import type { Router } from './router.ts';
import type { Route } from './serve-route.ts';

/** A side of a request's treatment that other routes may change. `route`: it has another one, or none any more. */
export type PlannedAspect = 'route' | 'service' | 'access' | 'limit' | 'handling';

/** How a request is treated. */
export interface PlannedTreatment {
  readonly decision: 'served' | 'no route' | 'method not allowed' | 'refused';
  /** Absent unless it is served. */
  readonly rule?: CheckedRouteRule;
}

export interface PlannedChange {
  /** Its place among the requests that were given. */
  readonly index: number;
  readonly before: PlannedTreatment;
  readonly after: PlannedTreatment;
  readonly differs: readonly PlannedAspect[];
}

/** What other routes would change. */
export interface RoutePlan {
  /** By id. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** The requests that would be treated differently. */
  readonly requests: readonly PlannedChange[];
}

/** Every member of a rule belongs to one; what a rule matches shows in who is served. */
const aspects: { readonly [K in keyof Required<CheckedRouteRule>]: PlannedAspect | undefined } = {
  id: 'route',
  hosts: undefined,
  path: undefined,
  exact: undefined,
  methods: undefined,
  headers: undefined,
  query: undefined,
  serviceName: 'service',
  version: 'service',
  tags: 'service',
  stripPrefix: 'service',
  public: 'access',
  authorize: 'access',
  rateLimit: 'limit',
  timeout: 'handling',
  maxAttempts: 'handling',
  idleTimeout: 'handling',
  upgrades: 'handling',
  cors: 'access',
  middleware: 'handling',
};

export function planRoutes(now: Router<Route>, then: Router<Route>, requests: readonly IncomingRequest[]): RoutePlan {
  const [old, other] = [byId(now), byId(then)];
  return {
    added: [...other.keys()].filter((id) => !old.has(id)),
    removed: [...old.keys()].filter((id) => !other.has(id)),
    changed: [...other.keys()].filter((id) => old.has(id) && !isDeepStrictEqual(old.get(id), other.get(id))),
    requests: requests.flatMap((request, index) => {
      const [before, after] = [treatment(now, old, request), treatment(then, other, request)];
      const differs = differing(before, after);
      return differs.length === 0 ? [] : [{ index, before, after, differs }];
    }),
  };
}

function byId(router: Router<Route>): ReadonlyMap<string, CheckedRouteRule> {
  return new Map(router.routes.map(({ rule }) => [rule.id, rule]));
}

function treatment(router: Router<Route>, rules: ReadonlyMap<string, CheckedRouteRule>, request: IncomingRequest): PlannedTreatment {
  const { decision, route } = explainRoute(router, request);
  const rule = route === undefined ? undefined : rules.get(route);
  return { decision, ...(rule && { rule }) };
}

function differing(before: PlannedTreatment, after: PlannedTreatment): readonly PlannedAspect[] {
  if (!before.rule || !after.rule) return before.decision === after.decision ? [] : ['route'];
  const found = new Set<PlannedAspect>();
  for (const [member, aspect] of Object.entries(aspects)) {
    const name = member as keyof CheckedRouteRule;
    if (aspect && !isDeepStrictEqual(before.rule[name], after.rule[name])) found.add(aspect);
  }
  return [...found];
}
