import { isDeepStrictEqual } from 'node:util';
import { coreError, shown } from '@tutti/core';
import { type CheckedRouteRule, checkRouteRule, type RouteRule } from './route-rule.ts';
import { Router } from './router.ts';
import type { Route } from './serve-route.ts';

/** Makes a route of a rule, or throws INVALID_OPTIONS naming what is wrong at `at`. */
export type ServeRule = (rule: CheckedRouteRule, at: string) => Route;

/**
 * The routes in force. They are replaced as a whole: a set is checked to its end before any of it serves, and a request looks at one set
 * from its beginning to its end. A route whose rule stays as it was stays itself, with all that it knows.
 */
export class RouteBook {
  readonly #serve: ServeRule;
  #current: Router<Route> = new Router<Route>([]);

  constructor(serve: ServeRule) {
    this.#serve = serve;
  }

  get current(): Router<Route> {
    return this.#current;
  }

  /** @throws INVALID_OPTIONS naming the path; then nothing has changed. */
  add(rule: RouteRule): void {
    const route = this.#route(rule, 'route');
    this.#current = new Router([...this.#current.routes, route], () => 'route');
  }

  /** @throws INVALID_OPTIONS naming the path; then nothing has changed. */
  replace(rules: readonly RouteRule[]): void {
    this.#current = this.draft(rules);
  }

  /** What `replace` would put in force. @throws INVALID_OPTIONS naming the path. */
  draft(rules: readonly RouteRule[]): Router<Route> {
    if (!Array.isArray(rules))
      throw coreError('INVALID_OPTIONS', { path: 'routes', problem: `must be an array of rules, got ${shown(rules)}` });
    return new Router(rules.map((rule, index) => this.#route(rule, `routes[${index}]`)));
  }

  #route(given: RouteRule, at: string): Route {
    const rule = checkRouteRule(given, at);
    const before = this.#current.routes.find((route) => route.rule.id === rule.id);
    return before && isDeepStrictEqual(before.rule, rule) ? before : this.#serve(rule, at);
  }
}
