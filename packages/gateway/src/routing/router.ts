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
  #trees: Trees | undefined;

  get routes(): readonly R[] {
    return this.#routes;
  }

  /** @throws INVALID_OPTIONS when another route has the same path and one of its methods. */
  add(route: R): void {
    const taken = this.#routes.find(
      (other) => other.rule.path === route.rule.path && other.rule.methods.some((method) => route.rule.methods.includes(method)),
    );
    if (taken)
      throw coreError('INVALID_OPTIONS', {
        path: 'route.path',
        problem: `and methods are those of a route to ${taken.rule.serviceName}: '${route.rule.path}'`,
      });
    this.#routes.push(route);
    this.#trees = undefined;
  }

  /** @param path Canonical. */
  match(method: string, path: string): R | undefined {
    this.#trees ??= plant(this.#routes);
    return find<R>(this.#trees, method, path);
  }

  /** The methods for which a route takes this path. */
  allowed(path: string): readonly RouteMethod[] {
    this.#trees ??= plant(this.#routes);
    const trees = this.#trees;
    return routeMethods.filter((method) => find(trees, method, path) !== undefined);
  }
}

interface Trees {
  readonly tree: findMyWay.Instance<findMyWay.HTTPVersion.V1>;
  readonly methods: ReadonlySet<RouteMethod>;
}

const unused = (): void => {};

function plant(routes: readonly Routed[]): Trees {
  const tree = findMyWay();
  const methods = new Set<RouteMethod>();
  const put = (method: RouteMethod, path: string, route: Routed): void => {
    methods.add(method);
    tree.on(method, path, unused, route);
    tree.on(method, path === '/' ? '/*' : `${path}/*`, unused, route);
  };
  const ownHead = new Set(routes.filter(({ rule }) => rule.methods.includes('HEAD')).map(({ rule }) => rule.path));
  for (const route of routes) {
    const { methods: named, path } = route.rule;
    for (const method of named) put(method, path, route);
    if (named.includes('GET') && !ownHead.has(path)) put('HEAD', path, route);
  }
  return { tree, methods };
}

function find<R extends Routed>({ tree, methods }: Trees, method: string, path: string): R | undefined {
  if (!methods.has(method as RouteMethod)) return undefined;
  return tree.find(method as RouteMethod, path)?.store as R | undefined;
}
