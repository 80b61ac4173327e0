import { coreError } from '@tutti/core';
import { Candidates, type Routed } from './candidates.ts';
import type { Asked } from './conditions.ts';
import { hostName } from './host-name.ts';
import { PathTree } from './path-tree.ts';
import { type RouteMatch, type RouteMethod, routeMethods, shownMatch } from './route-match.ts';

/**
 * A whole set of routes, which never changes: whoever takes another one in its place has changed all of them at once. All work is done at
 * the first request; finding the route of another only reads, and makes nothing unless the route asks for query parameters.
 */
export class Router<R extends Routed> {
  readonly routes: readonly R[];
  readonly #byId: ReadonlyMap<string, R>;
  #hosts: Hosts<R> | undefined;

  /**
   * @param pathOf Where a rule stands, for messages.
   * @throws INVALID_OPTIONS when two routes have the same id, or match the same requests by the same means.
   */
  constructor(routes: readonly R[], pathOf: (index: number) => string = (index) => `routes[${index}]`) {
    this.#byId = distinct(routes, pathOf);
    this.routes = Object.freeze([...routes]);
  }

  named(id: string): R | undefined {
    return this.#byId.get(id);
  }

  /**
   * The most specific route of those that match.
   * @param path Canonical.
   * @throws GATEWAY_BAD_REQUEST where a header or parameter by which routes are found came more than once.
   */
  match(method: string, path: string, asked: Asked): R | undefined {
    this.#hosts ??= plantAll(this.routes);
    const { whole, below, any } = this.#hosts;
    if (whole.size === 0 && below.size === 0) return any.find(path, first<R>, method, asked);
    const host = hostName(asked.headers.single('host'));
    const found = whole.get(host)?.find(path, first<R>, method, asked);
    if (found) return found;
    for (let dot = below.size === 0 ? -1 : host.indexOf('.', 1); dot !== -1; dot = host.indexOf('.', dot + 1)) {
      const wildcard = below.get(host.slice(dot))?.find(path, first<R>, method, asked);
      if (wildcard) return wildcard;
    }
    return any.find(path, first<R>, method, asked);
  }

  /** The methods for which this request would have a route. */
  allowed(path: string, asked: Asked): readonly RouteMethod[] {
    return routeMethods.filter((method) => this.match(method, path, asked) !== undefined);
  }
}

function first<R extends Routed>(candidates: Candidates<R>, method: string, asked: Asked): R | undefined {
  return candidates.first(method, asked);
}

type Tree<R extends Routed> = PathTree<Candidates<R>>;

interface Hosts<R extends Routed> {
  readonly whole: ReadonlyMap<string, Tree<R>>;
  /** By what follows the star, dot included. */
  readonly below: ReadonlyMap<string, Tree<R>>;
  readonly any: Tree<R>;
}

const everyHost = ['*'] as const;

function plantAll<R extends Routed>(routes: readonly R[]): Hosts<R> {
  const placed = routes.flatMap((route) => (route.rule.hosts ?? everyHost).map((host) => ({ route, host })));
  const trees = [...Map.groupBy(placed, ({ host }) => host)].map(([host, at]) => [host, plant(at.map(({ route }) => route))] as const);
  return {
    whole: new Map(trees.filter(([host]) => !host.startsWith('*'))),
    below: new Map(trees.filter(([host]) => host.startsWith('*.')).map(([host, tree]) => [host.slice(1), tree])),
    any: trees.find(([host]) => host === '*')?.[1] ?? plant([]),
  };
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

/** By their names. Where two routes are alike, the second would never be asked. */
function distinct<R extends Routed>(routes: readonly R[], pathOf: (index: number) => string): ReadonlyMap<string, R> {
  const byId = new Map<string, R>();
  const taken = new Map<string, R>();
  const fail = (path: string, problem: string): never => {
    throw coreError('INVALID_OPTIONS', { path, problem });
  };
  for (const [index, route] of routes.entries()) {
    const { id } = route.rule;
    if (byId.has(id)) fail(`${pathOf(index)}.id`, `'${id}' is that of another route`);
    byId.set(id, route);
    for (const place of placesOf(route.rule)) {
      const before = taken.get(place);
      if (before) fail(`${pathOf(index)}.path`, `matches what another route does: '${before.rule.id}'`);
      taken.set(place, route);
    }
  }
  return byId;
}

const knownPlaces = new WeakMap<RouteMatch, readonly string[]>();

/** What a rule takes, method by method and host by host. Worked out once for each rule, as routes are added one by one. */
function placesOf(rule: RouteMatch): readonly string[] {
  const known = knownPlaces.get(rule);
  if (known) return known;
  const { hosts = everyHost, methods = ['ANY'], ...rest } = rule;
  const place = shownMatch(rest);
  const places = hosts.flatMap((host) => methods.map((method) => `${method} ${host} ${place}`));
  knownPlaces.set(rule, places);
  return places;
}
