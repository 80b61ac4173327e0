import { type Asked, type Condition, conditionsOf, meets } from './conditions.ts';
import { type RouteMatch, type RouteMethod, routeMethods } from './route-match.ts';

/** The part of a route that is looked at to find it. */
export interface Routed {
  readonly rule: RouteMatch & { readonly id: string };
}

interface Candidate<R> {
  readonly route: R;
  readonly conditions: readonly Condition[];
}

/** The routes for one path of one host, the most specific first. */
export class Candidates<R extends Routed> {
  readonly #byMethod: ReadonlyMap<string, readonly Candidate<R>[]>;

  /** @param routes In the order in which they were given. */
  constructor(routes: readonly R[]) {
    this.#byMethod = new Map(
      routeMethods.map((method) => [
        method,
        routes
          .filter(({ rule }) => methodRank(rule, method) > 0)
          .toSorted((a, b) => compare(a.rule, b.rule, method))
          .map((route) => ({ route, conditions: conditionsOf(route.rule) })),
      ]),
    );
  }

  /** @throws GATEWAY_BAD_REQUEST for a request that can be read in two ways. */
  first(method: string, asked: Asked): R | undefined {
    const candidates = this.#byMethod.get(method);
    if (candidates === undefined) return undefined;
    for (let index = 0; index < candidates.length; index++) {
      const { route, conditions } = candidates[index] as Candidate<R>;
      if (conditions.length === 0 || conditions.every((condition) => meets(asked, condition))) return route;
    }
    return undefined;
  }
}

/** How directly a route speaks of a method; 0 for not at all. HEAD comes with GET. */
export function methodRank({ methods }: RouteMatch, method: string): number {
  if (methods === undefined) return 1;
  if (methods.includes(method as RouteMethod)) return 3;
  return method === 'HEAD' && methods.includes('GET') ? 2 : 0;
}

/** Sorting is stable, so what is alike in all of this stays in the order in which it was given. */
function compare(a: RouteMatch, b: RouteMatch, method: string): number {
  return methodRank(b, method) - methodRank(a, method) || count(b.headers) - count(a.headers) || count(b.query) - count(a.query);
}

function count(values: RouteMatch['headers']): number {
  return values === undefined ? 0 : Object.keys(values).length;
}
