import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestHeaders } from '../http/request-headers.ts';
import { canonicalPath } from './canonical-path.ts';
import { type RouteMatch, routeMethods, shownMatch } from './route-match.ts';
import { type CheckedRouteRule, checkRouteRule, type RouteRule } from './route-rule.ts';
import { Router } from './router.ts';

interface Asking {
  readonly method?: string;
  readonly host?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function serves(
  router: Router<{ readonly rule: CheckedRouteRule }>,
  { method = 'GET', host, target, headers = {} }: Asking,
): CheckedRouteRule | undefined {
  const raw = [...(host === undefined ? [] : ['Host', host]), ...Object.entries(headers).flat()];
  return router.match(method, canonicalPath(target), { headers: new RequestHeaders(raw), target })?.rule;
}

const groups: readonly {
  readonly name: string;
  readonly routes: readonly RouteRule[];
  readonly requests: readonly (Asking & { readonly serves: string | null })[];
}[] = JSON.parse(readFileSync(new URL('../../data/gateway-api-matching.json', import.meta.url), 'utf8'));

describe.each(groups)('the cases of the Gateway API: $name', ({ routes, requests }) => {
  const router = new Router(routes.map((rule) => ({ rule: checkRouteRule(rule) })));
  it.each(requests)('$method $host $target $headers', (request) => {
    expect(serves(router, request)?.serviceName ?? null).toBe(request.serves);
  });
});

/** Says the same as the router in the plainest way: the first of all that match, sorted by the list in the specification. */
function naive(
  rules: readonly CheckedRouteRule[],
  { method = 'GET', host = '', target, headers = {} }: Asking,
): CheckedRouteRule | undefined {
  const { pathname, searchParams } = new URL(target, 'http://x');
  const hostOf = (rule: RouteMatch): string | undefined =>
    (rule.hosts ?? [''])
      .filter((each) => each === '' || each === host || (each[0] === '*' && host.endsWith(each.slice(1)) && host.length >= each.length))
      .toSorted((a, b) => Number(a.startsWith('*')) - Number(b.startsWith('*')) || b.length - a.length)[0];
  const rank = ({ methods }: RouteMatch): number =>
    methods === undefined ? 1 : methods.some((each) => each === method) ? 3 : method === 'HEAD' && methods.includes('GET') ? 2 : 0;
  const holds = (values: RouteMatch['headers'] = {}, has: (name: string) => string | null | undefined): boolean =>
    Object.entries(values).every(([name, value]) =>
      typeof value === 'string' ? has(name) === value : has(name)?.startsWith(value.prefix),
    );
  const size = (values: object = {}): number => Object.keys(values).length;
  const score = (rule: RouteMatch): readonly number[] => {
    const at = hostOf(rule) ?? '';
    return [
      at === '' ? 0 : at[0] === '*' ? 1 : 2,
      at.length,
      rule.exact ? 1 : 0,
      rule.path.length,
      rank(rule),
      size(rule.headers),
      size(rule.query),
    ];
  };
  return rules
    .filter((rule) => hostOf(rule) !== undefined && rank(rule) > 0)
    .filter(({ path, exact }) => (exact ? pathname === path : path === '/' || pathname === path || pathname.startsWith(`${path}/`)))
    .filter((rule) => holds(rule.headers, (name) => headers[name]) && holds(rule.query, (name) => searchParams.get(name)))
    .toSorted((a, b) => {
      const [left, right] = [score(a), score(b)];
      const differs = left.findIndex((value, index) => value !== right[index]);
      return differs === -1 ? 0 : (right[differs] as number) - (left[differs] as number);
    })[0];
}

const path = fc.array(fc.constantFrom('a', 'a', 'ab'), { maxLength: 3 }).map((segments) => `/${segments.join('/')}`);
const values = fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', '12'), { maxKeys: 2 });
const conditions = fc.dictionary(fc.constantFrom('x', 'y'), fc.oneof(fc.constantFrom('1', '12'), fc.constant({ prefix: '1' })), {
  minKeys: 1,
  maxKeys: 2,
});
const hosts = ['a.example', 'b.example', 'c.b.example', 'example'];
const rule = fc.record(
  {
    path,
    serviceName: fc.constant('s'),
    exact: fc.boolean(),
    hosts: fc.subarray([...hosts, '*.example', '*.b.example'], { minLength: 1 }),
    methods: fc.subarray([...routeMethods.slice(0, 3)], { minLength: 1 }),
    headers: conditions,
    query: conditions,
  },
  { requiredKeys: ['path', 'serviceName'] },
);
const request = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT'),
  host: fc.constantFrom(...hosts, 'other'),
  target: fc
    .tuple(path, fc.boolean(), values)
    .map(([at, slash, query]) => `${at}${slash && at !== '/' ? '/' : ''}?${new URLSearchParams(query)}`),
  headers: values,
});

/** Without those that would be refused. */
function distinct(rules: readonly CheckedRouteRule[]): readonly CheckedRouteRule[] {
  const seen = new Set<string>();
  return rules.filter((each) => {
    const { hosts: names = [''], methods = [''], ...rest } = each;
    const places = names.flatMap((host) => methods.map((method) => `${method} ${host} ${shownMatch(rest)}`));
    const isNew = places.every((place) => !seen.has(place));
    for (const place of places) seen.add(place);
    return isNew;
  });
}

describe('a router', () => {
  it('agrees with a naive one on any routes and requests', () => {
    let found = 0;
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 12 }), fc.array(request, { minLength: 4, maxLength: 4 }), (given, requests) => {
        const rules = distinct(given.map((each, index) => checkRouteRule({ ...each, id: `${index}` } as RouteRule)));
        const router = new Router(rules.map((each) => ({ rule: each })));
        for (const each of requests) {
          const expected = naive(rules, each);
          if (expected) found++;
          expect(serves(router, each)?.id).toBe(expected?.id);
        }
      }),
      { numRuns: 3_000 },
    );
    expect(found).toBeGreaterThan(400);
  });
});
