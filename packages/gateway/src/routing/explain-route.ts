import { TuttiError } from '@tutti/core';
import type { IncomingRequest } from '../http/exchange.ts';
import { methodRank } from './candidates.ts';
import { canonicalPath } from './canonical-path.ts';
import { conditionsOf, meets } from './conditions.ts';
import { hostName } from './host-name.ts';
import type { RouteMatch, RouteMethod } from './route-match.ts';
import type { Router } from './router.ts';
import type { Route } from './serve-route.ts';

/** What stands between a route and a request. */
export type WhyNot = 'host' | 'path' | 'method' | 'headers' | 'query' | 'another one is more specific';

export interface ConsideredRoute {
  readonly route: string;
  /** Absent for the one that serves it. */
  readonly not?: WhyNot;
}

/** Which way a request would go, and why no other. Nothing of it is carried out. */
export interface RouteExplanation {
  /** `refused`: it can be read in more than one way, so that nobody looks for its route. */
  readonly decision: 'served' | 'no route' | 'method not allowed' | 'refused';
  /** The path on which routes and rights are decided. Absent when it has none. */
  readonly path?: string;
  readonly route?: string;
  readonly serviceName?: string;
  /** What it would pass, outermost first. Empty unless it is served. */
  readonly order: readonly string[];
  /** The methods for which it would have a route. */
  readonly allow: readonly RouteMethod[];
  /** Why it is refused. */
  readonly problem?: string;
  /** All routes, in the order in which they were given. */
  readonly considered: readonly ConsideredRoute[];
}

const nowhere = { order: [], allow: [], considered: [] } as const;

export function explainRoute(router: Router<Route>, request: IncomingRequest): RouteExplanation {
  try {
    const path = canonicalPath(request.target);
    const route = router.match(request.method, path, request);
    const considered = router.routes.map((each): ConsideredRoute => {
      const not = each === route ? undefined : (whyNot(each.rule, path, request) ?? 'another one is more specific');
      return { route: each.rule.id, ...(not && { not }) };
    });
    const allow = router.allowed(path, request);
    if (!route) return { ...nowhere, decision: allow.length > 0 ? 'method not allowed' : 'no route', path, allow, considered };
    const { id, serviceName } = route.rule;
    return { decision: 'served', path, route: id, serviceName, order: route.order, allow, considered };
  } catch (error) {
    if (!TuttiError.is(error, 'GATEWAY_BAD_REQUEST')) throw error;
    return { ...nowhere, decision: 'refused', problem: error.message };
  }
}

function whyNot(rule: RouteMatch, path: string, request: IncomingRequest): WhyNot | undefined {
  if (!takesHost(rule, hostName(request.headers.single('host')))) return 'host';
  if (!takesPath(rule, path)) return 'path';
  if (methodRank(rule, request.method) === 0) return 'method';
  return conditionsOf(rule).find((condition) => !meets(request, condition))?.from;
}

function takesHost({ hosts }: RouteMatch, host: string): boolean {
  return (
    !hosts || hosts.some((each) => (each.startsWith('*') ? host.endsWith(each.slice(1)) && host.length >= each.length : host === each))
  );
}

function takesPath({ path, exact }: RouteMatch, asked: string): boolean {
  return asked === path || (!exact && (path === '/' || asked.startsWith(`${path}/`)));
}
