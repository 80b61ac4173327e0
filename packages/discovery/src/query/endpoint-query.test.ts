import type { Endpoint } from '@tutti/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkQuery, type EndpointQuery, matchesQuery } from './endpoint-query.ts';

const few = (...values: string[]): fc.Arbitrary<string> => fc.constantFrom(...values);
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const tags = fc.subarray(['ai', 'voice', 'beta']);
const metadata = fc.dictionary(few('a', 'b', '__proto__', 'toString'), few('1', '2'), { maxKeys: 2, noNullPrototype: true });
const states = ['ready', 'unhealthy', 'draining'] as const;
const optional = { version: maybe(few('1', '2')), zone: maybe(few('north', 'south')), tenant: maybe(few('acme', 'zen')) };

const endpoint = fc
  .record({ ...optional, tags, metadata, state: fc.constantFrom(...states) })
  .map((fields) => ({ serviceName: 's', instanceId: 'i', incarnation: 'x', host: 'h', port: 1, weight: 1, ...fields }) as Endpoint);
const query = fc.record({ ...optional, tags: maybe(tags), metadata: maybe(metadata), states: maybe(fc.subarray([...states])) });

type Asked = typeof query extends fc.Arbitrary<infer T> ? T : never;

/** The definition, word by word. */
function wanted(candidate: Endpoint, asked: Asked): boolean {
  const holds: boolean[] = [(asked.states ?? ['ready']).includes(candidate.state)];
  for (const key of ['version', 'zone', 'tenant'] as const) if (asked[key] !== undefined) holds.push(candidate[key] === asked[key]);
  for (const tag of asked.tags ?? []) holds.push(candidate.tags.includes(tag));
  const entries = JSON.stringify(Object.entries(candidate.metadata));
  for (const entry of Object.entries(asked.metadata ?? {})) holds.push(entries.includes(JSON.stringify(entry)));
  return !holds.includes(false);
}

describe('a query', () => {
  it('finds what a plain reading of it finds', () => {
    fc.assert(
      fc.property(fc.array(endpoint, { maxLength: 5 }), query, (endpoints, asked) => {
        const checked = checkQuery(asked as EndpointQuery);
        expect(endpoints.filter((candidate) => matchesQuery(candidate, checked))).toEqual(
          endpoints.filter((candidate) => wanted(candidate, asked)),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [{ tag: 'ai' }, 'query.tag is not an option; known are tags, version, zone, tenant, metadata, states'],
    [{ tags: 'ai' }, "query.tags must be an array, got 'ai'"],
    [{ metadata: { a: 1 } }, "query.metadata must be an object of strings, got 1 under 'a'"],
    [{ states: ['healthy'] }, "query.states[0] must be 'ready' or 'unhealthy' or 'draining', got 'healthy'"],
  ])('refuses %j', (asked, message) => {
    expect(() => checkQuery(asked as EndpointQuery)).toThrowError(message);
  });
});
