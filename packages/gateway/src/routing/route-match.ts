import { coreError, flag, listOf, matching, objectWith, oneOf, type Rule, shown } from '@tutti/core';

export const routeMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export type RouteMethod = (typeof routeMethods)[number];

/** The whole of a value, or how it begins. */
export type ValueMatch = string | { readonly prefix: string };

/**
 * Which requests a route is for. Of several routes that match a request the most specific one serves it, as in the Kubernetes Gateway API:
 * the one with a whole host, then with the longest host, the exact path, the longest path, named methods, more headers, more query
 * parameters; of two that are alike in all of this the first in the list.
 */
export interface RouteMatch {
  /** Names as in the Host header, without a port: `api.example`, or `*.example` for all names below `example`. @defaultValue every host */
  readonly hosts?: readonly string[];
  /** A prefix of whole segments: `/api/v1/voice` takes `/api/v1/voice` and `/api/v1/voice/analyze`, never `/api/v1/voicex`. */
  readonly path: string;
  /** Takes `path` alone, and nothing below it. @defaultValue false */
  readonly exact?: boolean;
  /** GET includes HEAD, unless a route that is as specific names it. @defaultValue all that a route may name */
  readonly methods?: readonly RouteMethod[];
  /** By name. A request in which one of them came more than once is refused, because it can be read in two ways. */
  readonly headers?: Readonly<Record<string, ValueMatch>>;
  /** By name, decoded. A request in which one of them came more than once is refused, because it can be read in two ways. */
  readonly query?: Readonly<Record<string, ValueMatch>>;
}

const label = '(?!-)[a-z\\d_-]{1,63}(?<!-)';
const host = matching(
  "a host in lower case without a port, such as 'api.example' or '*.example'",
  new RegExp(`^(?=.{1,253}$)(?:\\*\\.)?${label}(?:\\.${label})*$`),
);
const path = matching(
  `a path of plain segments such as '/api/v1/voice', without encoding or a slash at its end`,
  /^\/$|^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)+$/,
);

/** The rules of `checkOptions` for the members of a RouteMatch. */
export const matchRules: {
  readonly required: { readonly path: Rule };
  readonly optional: Readonly<Record<'hosts' | 'exact' | 'methods' | 'headers' | 'query', Rule>>;
} = {
  required: { path },
  optional: {
    hosts: listOf(host),
    exact: flag,
    methods: listOf(oneOf(...routeMethods)),
    headers: objectWith('an object'),
    query: objectWith('an object'),
  },
};

/**
 * Checks what `matchRules` cannot, and brings all of it into one form: lists without repetitions, names of headers in lower case.
 * @throws INVALID_OPTIONS naming the path.
 */
export function checkRouteMatch<M extends RouteMatch>(match: M, at: string): M {
  for (const list of ['hosts', 'methods'] as const)
    if (match[list]?.length === 0) fail(`${at}.${list}`, 'must name at least one, or be left out');
  const { hosts, methods, headers, query } = match;
  return {
    ...match,
    ...(hosts && { hosts: Object.freeze([...new Set(hosts)]) }),
    ...(methods && { methods: Object.freeze([...new Set(methods)]) }),
    ...(headers && { headers: checkValues(headers, `${at}.headers`, headerName) }),
    ...(query && { query: checkValues(query, `${at}.query`, (name) => name) }),
  };
}

/** What is matched, in one line: the same for two matches that take the same requests. */
export function shownMatch({ hosts = [], path, exact = false, methods, headers = {}, query = {} }: RouteMatch): string {
  const values = (all: Readonly<Record<string, ValueMatch>>, between: string): readonly string[] =>
    Object.entries(all).map(([name, value]) => `${name}${between}${typeof value === 'string' ? value : `${value.prefix}…`}`);
  const [asked, carried] = [values(query, '=').join('&'), values(headers, ': ').join(', ')];
  const where = `${hosts.toSorted().join()}${path}${exact ? ' exactly' : ''}${asked && ` ?${asked}`}${carried && ` [${carried}]`}`;
  return `${methods?.toSorted().join() ?? 'ANY'} ${where}`;
}

type Values = Readonly<Record<string, ValueMatch>>;

function checkValues(values: Values, at: string, nameOf: (name: string, at: string) => string): Values {
  const checked = new Map<string, ValueMatch>();
  for (const [given, value] of Object.entries(values)) {
    const name = nameOf(given, `${at}.${given}`);
    if (checked.has(name)) fail(`${at}.${given}`, 'is there twice, in two spellings');
    checked.set(name, checkValue(value, `${at}.${given}`));
  }
  return Object.freeze(Object.fromEntries([...checked].sort(([a], [b]) => (a < b ? -1 : 1))));
}

function checkValue(value: unknown, at: string): ValueMatch {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) fail(at, `must be a string or { prefix }, got ${shown(value)}`);
  const { prefix, ...others } = value as { readonly prefix?: unknown };
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) fail(`${at}.${unknown}`, 'is not an option; known is prefix');
  if (typeof prefix !== 'string' || prefix === '') fail(`${at}.prefix`, `must be a non-empty string, got ${shown(prefix)}`);
  return Object.freeze({ prefix });
}

function headerName(name: string, at: string): string {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) fail(at, 'is no name of a header');
  if (name.toLowerCase() === 'host') fail(at, 'is matched by hosts');
  return name.toLowerCase();
}

function fail(path: string, problem: string): never {
  throw coreError('INVALID_OPTIONS', { path, problem });
}
