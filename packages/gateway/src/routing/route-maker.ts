import { type RetryBudget, type Runtime, retryBudget } from '@tutti/core';
import type { Access } from '../access.ts';
import type { GatewayOptions } from '../gateway-options.ts';
import type { GatewayLimits } from '../http/limits.ts';
import type { PlacedMiddleware } from '../middleware/middleware-stack.ts';
import { checkNames } from './check-names.ts';
import type { CheckedRouteRule } from './route-rule.ts';
import { type Route, serveRoute } from './serve-route.ts';

export interface RouteMakerParts {
  readonly options: GatewayOptions;
  readonly access: Access;
  readonly limits: Required<GatewayLimits>;
  readonly runtime: Runtime;
}

/** Makes routes of rules, with what all routes of a gateway share. */
export class RouteMaker {
  readonly #parts: RouteMakerParts;
  readonly #middleware: readonly PlacedMiddleware[];
  /** By service: what is tried again over one route is load for the same instances as over another, and stays counted when routes change. */
  readonly #budgets = new Map<string, RetryBudget>();

  constructor(parts: RouteMakerParts) {
    this.#parts = parts;
    this.#middleware = parts.options.middleware?.placed ?? [];
  }

  /** @param at Where the rule stands. @throws INVALID_OPTIONS for a rule that asks for what the gateway does not have. */
  make(rule: CheckedRouteRule, at: string): Route {
    const { options, access, limits } = this.#parts;
    checkNames(rule, at, { services: options.services, middleware: this.#middleware });
    access.check(rule, at);
    const { upstreams, admission } = options;
    const { maxBodyBytes, maxReplayBytes } = limits;
    const budget = this.#budget(rule.serviceName);
    return serveRoute(rule, { upstreams, access, admission, middleware: this.#middleware, budget, maxBodyBytes, maxReplayBytes });
  }

  /** Says of a route that is now in force what nobody may have meant. */
  announce({ rule }: Route): void {
    const { access, runtime } = this.#parts;
    if (access.letsSomebodyIn(rule)) return;
    runtime.logger.log('warn', 'a route lets nobody in: it is not public, and no rule says who may, or nobody can be known', {
      route: rule.id,
      path: rule.path,
    });
  }

  #budget(serviceName: string): RetryBudget {
    const budget = this.#budgets.get(serviceName) ?? retryBudget();
    this.#budgets.set(serviceName, budget);
    return budget;
  }
}
