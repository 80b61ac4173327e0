import { isDeepStrictEqual } from 'node:util';
import { coreError, shown } from '@tutti/core';
import { type CheckedRouteRule, checkRouteRule, type RouteRule } from './route-rule.ts';
import { Router } from './router.ts';
import type { Route } from './serve-route.ts';

export interface RouteBookParts {
  /** Makes a route of a rule, or throws INVALID_OPTIONS naming what is wrong at `at`. */
  readonly make: (rule: CheckedRouteRule, at: string) => Route;
  /** Told of each route that comes into force, and was not before. */
  readonly announce: (route: Route) => void;
}

/**
 * The routes in force. They are replaced as a whole: a set is checked to its end before any of it serves, and a request looks at one set
 * from its beginning to its end. A route whose rule stays as it was stays itself, with all that it knows.
 */
export class RouteBook {
  readonly #parts: RouteBookParts;
  #current: Router<Route> = new Router<Route>([]);

  constructor(parts: RouteBookParts) {
    this.#parts = parts;
  }

  get current(): Router<Route> {
    return this.#current;
  }

  /** @throws INVALID_OPTIONS naming the path; then nothing has changed. */
  add(rule: RouteRule): void {
    const route = this.#route(rule, 'route');
    this.#putInForce(new Router([...this.#current.routes, route], () => 'route'));
  }

  /** @throws INVALID_OPTIONS naming the path; then nothing has changed. */
  replace(rules: readonly RouteRule[]): void {
    this.#putInForce(this.draft(rules));
  }

  /** What `replace` would put in force. @throws INVALID_OPTIONS naming the path. */
  draft(rules: readonly RouteRule[]): Router<Route> {
    if (!Array.isArray(rules))
      throw coreError('INVALID_OPTIONS', { path: 'routes', problem: `must be an array of rules, got ${shown(rules)}` });
    return new Router(rules.map((rule, index) => this.#route(rule, `routes[${index}]`)));
  }

  #putInForce(routes: Router<Route>): void {
    const before = new Set(this.#current.routes);
    this.#current = routes;
    for (const route of routes.routes) if (!before.has(route)) this.#parts.announce(route);
  }

  #route(given: RouteRule, at: string): Route {
    const rule = checkRouteRule(given, at);
    const before = this.#current.named(rule.id);
    return before && isDeepStrictEqual(before.rule, rule) ? before : this.#parts.make(rule, at);
  }
}
