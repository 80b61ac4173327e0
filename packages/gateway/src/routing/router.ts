import { coreError } from '@tutti/core';
import findMyWay from 'find-my-way';
import { type CheckedRouteRule, type RouteMethod, routeMethods } from './route-rule.ts';

/** The part of a route that the router looks at. */
export interface Routed {
  readonly rule: CheckedRouteRule;
}

/** Finds the route of a request: of the routes for its method, the one with the longest path that it lies under. */
export class Router<R extends Routed> {
  readonly #routes: R[] = [];
  #trees: Trees<R> | undefined;

  get routes(): readonly R[] {
    return this.#routes;
  }

  /** @throws INVALID_OPTIONS when another route has the same path and one of its methods. */
  add(route: R): void {
    const taken = this.#routes.find((other) => other.rule.path === route.rule.path && other.rule.methods.some((method) => route.rule.methods.includes(method)));
    if (taken) throw coreError('INVALID_OPTIONS', { path: 'route.path', problem: `and methods are those of a route to ${taken.rule.serviceName}: '${route.rule.path}'` });
    this.#routes.push(route);
    this.#trees = undefined;
  }

  /** @param path Canonical. */
  match(method: string, path: string): R | undefined {
    this.#trees ??= plant(this.#routes);
    return find(this.#trees, method, path);
  }

  /** The methods for which a route takes this path. */
  allowed(path: string): readonly RouteMethod[] {
    this.#trees ??= plant(this.#routes);
    const trees = this.#trees;
    return routeMethods.filter((method) => find(trees, method, path) !== undefined);
  }
}

interface Trees<R> {
  readonly tree: findMyWay.Instance<findMyWay.HTTPVersion.V1>;
  readonly methods: ReadonlySet<RouteMethod>;
  readonly routes: readonly R[];
}

const unused = (): void => {};

function plant<R extends Routed>(routes: readonly R[]): Trees<R> {
  const tree = findMyWay();
  const methods = new Set<RouteMethod>();
  const put = (method: RouteMethod, path: string, index: number): void => {
    methods.add(method);
    tree.on(method, path, unused, index);
    tree.on(method, path === '/' ? '/*' : `${path}/*`, unused, index);
  };
  const ownHead = new Set(routes.filter(({ rule }) => rule.methods.includes('HEAD')).map(({ rule }) => rule.path));
  for (const [index, { rule }] of routes.entries()) {
    for (const method of rule.methods) put(method, rule.path, index);
    if (rule.methods.includes('GET') && !ownHead.has(rule.path)) put('HEAD', rule.path, index);
  }
  return { tree, methods, routes };
}

function find<R>({ tree, methods, routes }: Trees<R>, method: string, path: string): R | undefined {
  if (!methods.has(method as RouteMethod)) return undefined;
  const found = tree.find(method as RouteMethod, path);
  return found ? routes[found.store as number] : undefined;
}
