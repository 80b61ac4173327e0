import type { Endpoint } from '@tutti/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpointOf } from '../testing/endpoint-of.ts';
import { type EndpointConditions, type EndpointQuery, matching } from './endpoint-query.ts';

const few = (...values: string[]): fc.Arbitrary<string> => fc.constantFrom(...values);
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined, freq: 1 });
const oneOrSome = (...values: string[]): fc.Arbitrary<string | string[]> => fc.oneof(few(...values), fc.subarray(values));
const keys = few('a', 'b', '__proto__', 'toString');
const record = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.dictionary(keys, value, { maxKeys: 2, noNullPrototype: true });
const tags = fc.subarray(['ai', 'voice', 'beta']);
const states = ['ready', 'unhealthy', 'draining'] as const;

const endpoint: fc.Arbitrary<Endpoint> = fc
  .record({
    version: maybe(few('1', '2')),
    zone: maybe(few('north', 'south')),
    tenant: maybe(few('acme', 'zen')),
    tags,
    metadata: record(few('1', '2')),
    state: fc.constantFrom(...states),
    suspect: maybe(fc.constant(true as const)),
  })
  .map((fields) => ({ ...endpointOf('i', '1'), ...fields }) as Endpoint);

const { conditions } = fc.letrec<{ conditions: EndpointConditions }>((tie) => ({
  conditions: fc
    .record({
      tags: maybe(tags),
      anyTags: maybe(tags),
      version: maybe(oneOrSome('1', '2')),
      zone: maybe(oneOrSome('north', 'south')),
      tenant: maybe(few('acme', 'zen')),
      metadata: maybe(record(oneOrSome('1', '2'))),
      states: maybe(fc.subarray([...states])),
      suspects: maybe(fc.constantFrom('included' as const, 'excluded' as const, 'only' as const)),
      not: fc.option(fc.oneof({ maxDepth: 2 }, fc.constant([]), tie('conditions'), fc.array(tie('conditions'), { maxLength: 2 })), {
        nil: undefined,
        maxDepth: 2,
      }),
      any: fc.option(fc.array(tie('conditions'), { maxLength: 2 }), { nil: undefined, maxDepth: 2 }),
    })
    .map((fields) => fields as EndpointConditions),
}));

const some = (given: string | readonly string[]): readonly string[] => (typeof given === 'string' ? [given] : given);

/** The definition, word by word. */
function wanted(candidate: Endpoint, asked: EndpointConditions): boolean {
  const holds: boolean[] = [];
  if (asked.states !== undefined) holds.push(asked.states.some((state) => state === candidate.state));
  if (asked.suspects === 'excluded') holds.push(!candidate.suspect);
  if (asked.suspects === 'only') holds.push(candidate.suspect === true);
  if (asked.tenant !== undefined) holds.push(candidate.tenant === asked.tenant);
  for (const key of ['version', 'zone'] as const) {
    const given = asked[key];
    if (given !== undefined) holds.push(some(given).some((value) => value === candidate[key]));
  }
  for (const tag of asked.tags ?? []) holds.push(new Set(candidate.tags).has(tag));
  if (asked.anyTags) holds.push(new Set([...candidate.tags, ...asked.anyTags]).size < candidate.tags.length + asked.anyTags.length);
  const entries = JSON.stringify(Object.entries(candidate.metadata));
  for (const [key, values] of Object.entries(asked.metadata ?? {}))
    holds.push(some(values).some((value) => entries.includes(JSON.stringify([key, value]))));
  for (const refused of asked.not === undefined ? [] : [asked.not].flat()) holds.push(!wanted(candidate, refused));
  if (asked.any) holds.push(asked.any.filter((one) => wanted(candidate, one)).length > 0);
  return !holds.includes(false);
}

describe('a query', () => {
  it('finds what a plain reading of it finds', () => {
    let found = 0;
    let passedOver = 0;
    fc.assert(
      fc.property(fc.array(endpoint, { minLength: 1, maxLength: 6 }), conditions, (endpoints, asked) => {
        const expected = endpoints.filter((candidate) => wanted(candidate, { ...asked, states: asked.states ?? ['ready'] }));
        expect(endpoints.filter(matching(asked))).toEqual(expected);
        found += expected.length;
        passedOver += endpoints.length - expected.length;
      }),
      { numRuns: 10_000 },
    );
    // a comparison of nothing with nothing would prove nothing
    expect(found).toBeGreaterThan(1_000);
    expect(passedOver).toBeGreaterThan(1_000);
  });

  it('without conditions finds what is ready, suspects among it', () => {
    const endpoints = [...states.map((state) => endpointOf(state, '1', { state })), endpointOf('late', '1', { suspect: true })];
    expect(endpoints.filter(matching(undefined)).map(({ instanceId }) => instanceId)).toEqual(['ready', 'late']);
  });

  const deep = Array.from({ length: 9 }).reduce<EndpointConditions>((inner) => ({ not: inner }), {});

  it.each([
    [{ tag: 'ai' }, 'query.tag is not an option; known are tags, anyTags, version, zone, tenant, metadata, states, suspects, not, any'],
    [{ tags: 'ai' }, "query.tags must be an array, got 'ai'"],
    [{ metadata: { a: 1 } }, "query.metadata must be an object of strings or lists of strings, got 1 under 'a'"],
    [{ states: ['healthy'] }, "query.states[0] must be 'ready' or 'unhealthy' or 'draining', got 'healthy'"],
    [{ zone: 7 }, 'query.zone must be a non-empty string, got 7, or must be an array, got 7'],
    [{ not: { zone: '' } }, "query.not.zone must be a non-empty string, got ''"],
    [{ any: [{}, { any: [{ tags: [''] }] }] }, "query.any[1].any[0].tags[0] must be a non-empty string, got ''"],
    [{ any: {} }, 'query.any must be an array, got an object'],
    [{ not: 'x' }, "query.not must be an object, got 'x'"],
    ['voice', "query must be an object, got 'voice'"],
    [deep, 'must not be nested deeper than 8 levels'],
  ])('refuses %j', (asked, message) => {
    expect(() => matching(asked as EndpointQuery)).toThrowError(message);
  });
});
