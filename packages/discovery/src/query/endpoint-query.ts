import { anyOf, checkOptions, coreError, type Endpoint, listOf, oneOf, type Rule, shown, text } from '@tutti/core';
import { endpointState } from '../backend/endpoint-state.ts';

/** What an endpoint is asked for. All conditions must hold; an absent one does not restrict. */
export interface EndpointConditions {
  /** The endpoint has every one of these. */
  readonly tags?: readonly string[];
  /** The endpoint has at least one of these; none matches an empty list. */
  readonly anyTags?: readonly string[];
  /** This version, or one of these. */
  readonly version?: string | readonly string[];
  /** This zone, or one of these. */
  readonly zone?: string | readonly string[];
  /** Endpoints registered for this tenant, and no others. */
  readonly tenant?: string;
  /** The endpoint has these entries, whatever else it has; of a list, one of the values. */
  readonly metadata?: Readonly<Record<string, string | readonly string[]>>;
  readonly states?: readonly Endpoint['state'][];
  /** Whether the registry is believed where it says that the endpoint is gone ({@link Endpoint.suspect}). @defaultValue 'included' */
  readonly suspects?: 'included' | 'excluded' | 'only';
  /** The endpoint matches none of these. */
  readonly not?: EndpointConditions | readonly EndpointConditions[];
  /** The endpoint matches at least one of these; none matches an empty list. */
  readonly any?: readonly EndpointConditions[];
}

/** Which endpoints of a service are wanted. */
export interface EndpointQuery extends EndpointConditions {
  /** Inside `not` and `any` there is no default: an absent condition does not restrict. @defaultValue only `ready` */
  readonly states?: readonly Endpoint['state'][];
}

export const endpointQueryDefaults: { readonly states: readonly ['ready'] } = { states: ['ready'] };

export type EndpointMatch = (endpoint: Endpoint) => boolean;

/** Conditions in conditions go no deeper: a query may come from a request, and each level is a call. */
const maxDepth = 8;

const oneOrMore: Rule = anyOf(text, listOf(text));
const wantedEntries: Rule = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `must be an object of strings, got ${shown(value)}`;
  for (const [key, entry] of Object.entries(value)) {
    if (typeof entry !== 'string' && (!Array.isArray(entry) || entry.some((one) => typeof one !== 'string')))
      return `must be an object of strings or lists of strings, got ${shown(entry)} under ${shown(key)}`;
  }
  return undefined;
};
/** Are checked one level down. */
const checkedBelow: Rule = () => undefined;

/**
 * A query as a function. Checks all of it first.
 * @throws INVALID_OPTIONS with the path of a condition that does not exist or has the wrong type.
 */
export function matching(query: EndpointQuery | undefined): EndpointMatch {
  return compiled('query', { ...endpointQueryDefaults, ...withoutUndefined(query) }, 0);
}

function withoutUndefined(query: EndpointQuery | undefined): EndpointQuery | undefined {
  if (typeof query !== 'object' || query === null) return checkOptions<EndpointQuery, object>('query', query, {});
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}

function compiled(path: string, conditions: EndpointConditions, depth: number): EndpointMatch {
  if (depth > maxDepth) throw coreError('INVALID_OPTIONS', { path, problem: `must not be nested deeper than ${maxDepth} levels` });
  const checked = checkOptions<EndpointConditions, object>(path, conditions, {
    optional: {
      tags: listOf(text),
      anyTags: listOf(text),
      version: oneOrMore,
      zone: oneOrMore,
      tenant: text,
      metadata: wantedEntries,
      states: listOf(endpointState),
      suspects: oneOf('included', 'excluded', 'only'),
      not: checkedBelow,
      any: checkedBelow,
    },
  });
  const tests = [...testsOf(checked), ...nested(path, checked, depth)];
  return (endpoint) => {
    for (const test of tests) if (!test(endpoint)) return false;
    return true;
  };
}

/** In the order of what they cost. */
function* testsOf({ states, suspects, version, zone, tenant, tags, anyTags, metadata }: EndpointConditions): Generator<EndpointMatch> {
  if (states) yield ({ state }) => states.includes(state);
  if (suspects === 'excluded') yield ({ suspect }) => suspect !== true;
  if (suspects === 'only') yield ({ suspect }) => suspect === true;
  if (tenant !== undefined) yield (endpoint) => endpoint.tenant === tenant;
  if (version !== undefined) yield oneOfThese('version', version);
  if (zone !== undefined) yield oneOfThese('zone', zone);
  if (tags) yield (endpoint) => tags.every((tag) => endpoint.tags.includes(tag));
  if (anyTags) yield (endpoint) => anyTags.some((tag) => endpoint.tags.includes(tag));
  for (const [key, wanted] of Object.entries(metadata ?? {})) {
    yield (endpoint) => Object.hasOwn(endpoint.metadata, key) && includes(wanted, endpoint.metadata[key]);
  }
}

function* nested(path: string, { not, any }: EndpointConditions, depth: number): Generator<EndpointMatch> {
  const all = (member: string, given: EndpointConditions | readonly EndpointConditions[]): readonly EndpointMatch[] => {
    const here = `${path}.${member}`;
    if (!isList(given)) return [compiled(here, given, depth + 1)];
    return given.map((conditions, index) => compiled(`${here}[${index}]`, conditions, depth + 1));
  };
  if (not !== undefined) {
    const refused = all('not', not);
    yield (endpoint) => !refused.some((test) => test(endpoint));
  }
  if (any !== undefined) {
    if (!isList(any)) throw coreError('INVALID_OPTIONS', { path: `${path}.any`, problem: `must be an array, got ${shown(any)}` });
    const accepted = all('any', any);
    yield (endpoint) => accepted.some((test) => test(endpoint));
  }
}

function oneOfThese(member: 'version' | 'zone', wanted: string | readonly string[]): EndpointMatch {
  return (endpoint) => includes(wanted, endpoint[member]);
}

function includes(wanted: string | readonly string[], value: string | undefined): boolean {
  return value !== undefined && (typeof wanted === 'string' ? wanted === value : wanted.includes(value));
}

function isList(given: unknown): given is readonly EndpointConditions[] {
  return Array.isArray(given);
}
