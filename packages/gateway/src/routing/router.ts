import { coreError } from '@tutti/core';
import { Candidates, type Routed } from './candidates.ts';
import type { Asked } from './conditions.ts';
import { hostName } from './host-name.ts';
import { PathTree } from './path-tree.ts';
import { type RouteMethod, routeMethods, shownMatch } from './route-match.ts';

type Tree<R extends Routed> = PathTree<Candidates<R>>;

/**
 * A whole set of routes, which never changes: whoever takes another one in its place has changed all of them at once. All work is done
 * here; finding the route of a request only reads, and makes nothing unless the route asks for query parameters.
 */
export class Router<R extends Routed> {
  readonly routes: readonly R[];
  readonly #hosts: ReadonlyMap<string, Tree<R>>;
  /** By what follows the star, dot included. */
  readonly #wildcards: ReadonlyMap<string, Tree<R>>;
  readonly #anyHost: Tree<R>;

  /**
   * @param pathOf Where a rule stands, for messages.
   * @throws INVALID_OPTIONS when two routes have the same id, or match the same requests by the same means.
   */
  constructor(routes: readonly R[], pathOf: (index: number) => string = (index) => `routes[${index}]`) {
    mustDiffer(routes, pathOf);
    this.routes = Object.freeze([...routes]);
    const byHost = Map.groupBy(
      routes.flatMap((route) => (route.rule.hosts ?? ['']).map((host) => ({ route, host }))),
      ({ host }) => host,
    );
    const trees = [...byHost].map(([host, placed]) => [host, plant(placed.map(({ route }) => route))] as const);
    this.#hosts = new Map(trees.filter(([host]) => host !== '' && !host.startsWith('*')));
    this.#wildcards = new Map(trees.filter(([host]) => host.startsWith('*')).map(([host, tree]) => [host.slice(1), tree]));
    this.#anyHost = trees.find(([host]) => host === '')?.[1] ?? plant([]);
  }

  /**
   * The most specific route of those that match.
   * @param path Canonical.
   * @throws GATEWAY_BAD_REQUEST where a header or parameter by which routes are found came more than once.
   */
  match(method: string, path: string, asked: Asked): R | undefined {
    return this.#ofHost(method, path, asked) ?? this.#anyHost.find(path, first<R>, method, asked);
  }

  /** The methods for which this request would have a route. */
  allowed(path: string, asked: Asked): readonly RouteMethod[] {
    return routeMethods.filter((method) => this.match(method, path, asked) !== undefined);
  }

  #ofHost(method: string, path: string, asked: Asked): R | undefined {
    if (this.#hosts.size === 0 && this.#wildcards.size === 0) return undefined;
    const host = hostName(asked.headers.single('host'));
    const found = this.#hosts.get(host)?.find(path, first<R>, method, asked);
    if (found || this.#wildcards.size === 0) return found;
    for (let dot = host.indexOf('.', 1); dot !== -1; dot = host.indexOf('.', dot + 1)) {
      const below = this.#wildcards.get(host.slice(dot))?.find(path, first<R>, method, asked);
      if (below) return below;
    }
    return undefined;
  }
}

function first<R extends Routed>(candidates: Candidates<R>, method: string, asked: Asked): R | undefined {
  return candidates.first(method, asked);
}

function plant<R extends Routed>(routes: readonly R[]): Tree<R> {
  const places = Map.groupBy(routes, ({ rule }) => `${rule.path}${rule.exact ? ' exactly' : ''}`);
  return new PathTree(
    [...places.values()].map((at) => {
      const { path, exact = false } = (at[0] as R).rule;
      return { path, exact, value: new Candidates(at) };
    }),
  );
}

/** Where two routes are alike, the second would never be asked. */
function mustDiffer(routes: readonly Routed[], pathOf: (index: number) => string): void {
  const ids = new Map<string, number>();
  const taken = new Map<string, number>();
  for (const [index, { rule }] of routes.entries()) {
    const { id } = rule;
    if (id !== undefined) {
      const before = ids.get(id);
      if (before !== undefined)
        throw coreError('INVALID_OPTIONS', { path: `${pathOf(index)}.id`, problem: `'${id}' is that of another route` });
      ids.set(id, index);
    }
    for (const host of rule.hosts ?? ['']) {
      for (const method of rule.methods ?? ['']) {
        const { hosts: _hosts, methods: _methods, ...rest } = rule;
        const place = `${method} ${host} ${shownMatch(rest)}`;
        const before = taken.get(place);
        if (before !== undefined)
          throw coreError('INVALID_OPTIONS', {
            path: `${pathOf(index)}.path`,
            problem: `matches what another route does: '${routes[before]?.rule.id ?? rule.path}'`,
          });
        taken.set(place, index);
      }
    }
  }
}
