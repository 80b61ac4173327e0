import { seededRandom, type TrafficPlan } from '@tutti/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ActivePlan, activePlan } from './active-plan.ts';
import type { RequestFacts } from './request-facts.ts';
import { route } from './route.ts';

const every = { has: () => true };
const plan = (weights: Record<string, number>, rest: Partial<TrafficPlan> = {}): ActivePlan =>
  activePlan('voice', 3, { serviceName: 'voice', weights, ...rest });
const byUser = { bucketBy: { header: 'x-user' } } as const;
const user = (id: unknown): RequestFacts => ({ headers: { 'x-user': String(id) } });
const never = (): number => {
  throw new Error('a request with a unit is not left to chance');
};

function shares(active: ActivePlan, facts: (n: number) => RequestFacts, requests = 10_000): Record<string, number> {
  const random = seededRandom(7);
  const counts: Record<string, number> = {};
  for (let n = 0; n < requests; n++) {
    const { version = 'any' } = route(active, facts(n), random, every);
    counts[version] = (counts[version] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).map(([version, count]) => [version, count / requests]));
}

describe('a split of 10,000 requests', () => {
  it.each([
    ['by chance', {}, () => ({})],
    ['by a header', byUser, (n: number) => user(`user-${n}`)],
    ['by tenant', { bucketBy: 'tenant' as const }, (n: number) => ({ tenant: `t${n}` })],
    ['by principal', { bucketBy: 'principal' as const }, (n: number) => ({ principal: `${n}` })],
    ['by a unit that requests do not carry', byUser, () => ({ headers: {} })],
  ])('at 5 %% gives 5 ± 0.7 %% %s', (_, rest, facts) => {
    expect(Math.abs((shares(plan({ stable: 95, canary: 5 }, rest), facts)['canary'] ?? 0) - 0.05)).toBeLessThan(0.007);
  });

  it.each([
    ['by chance', {}, () => ({})],
    ['by unit', byUser, (n: number) => user(n)],
  ])('among three keeps .7/.2/.1 within a hundredth, and exactly 0 for weight 0, %s', (_, rest, facts) => {
    const seen = shares(plan({ a: 0.7, b: 0.2, c: 0.1, d: 0 }, rest), facts);
    expect(seen['a']).toBeCloseTo(0.7, 1.7);
    expect(seen['b']).toBeCloseTo(0.2, 1.7);
    expect(seen['c']).toBeCloseTo(0.1, 1.7);
    expect(seen).not.toHaveProperty('d');
  });

  it('gives services independent sides: the same users are not the canaries of all', () => {
    const other = activePlan('mail', 1, { serviceName: 'mail', weights: { stable: 95, canary: 5 }, ...byUser });
    const voice = plan({ stable: 95, canary: 5 }, byUser);
    const of = (active: ActivePlan, n: number): boolean => route(active, user(n), never, every).version === 'canary';
    let both = 0;
    for (let n = 0; n < 10_000; n++) if (of(voice, n) && of(other, n)) both++;
    expect(both).toBeLessThan(60); // 25 expected; 500 when they are the same
  });
});

describe('a user', () => {
  it('stays with the canary from the step that took it there on, while 5 % grow to 100', () => {
    const steps = [5, 10, 25, 50, 75, 90, 100].map((canary) => plan({ stable: 100 - canary, canary }, byUser));
    for (let n = 0; n < 2_000; n++) {
      const sides = steps.map((step) => route(step, user(n), never, every).version);
      expect(sides.lastIndexOf('stable')).toBe(sides.indexOf('canary') - 1);
    }
  });

  it('is moved by a weight that grows to the version of that weight only, whatever the others are', () => {
    const weight = fc.double({ min: 0.01, max: 100, noNaN: true });
    const weights = fc.record({ a: weight, b: weight, c: weight, d: weight });
    fc.assert(
      fc.property(weights, weight, fc.double({ min: 0.01, max: 1, noNaN: true }), fc.string(), (before, more, shrink, id) => {
        const { a, b, c, d } = before;
        // the others keep their proportions, however they are written down
        const after = { a: a * shrink, b: b * shrink, c: c * shrink + more, d: d * shrink };
        const old = route(plan({ a, b, c, d }, byUser), user(`u${id}`), never, every).version;
        const now = route(plan(after, byUser), user(`u${id}`), never, every).version;
        expect([old, 'c']).toContain(now);
      }),
      { numRuns: 2_000 },
    );
  });

  it('would be moved elsewhere by cumulative shares: the control of the property above', () => {
    const cumulative = (weights: readonly number[], point: number): number => {
      let rest = point * weights.reduce((sum, each) => sum + each, 0);
      return weights.findIndex((weight) => {
        rest -= weight;
        return rest < 0;
      });
    };
    expect(cumulative([45, 45, 10], 0.3)).toBe(0);
    expect(cumulative([20, 20, 60], 0.3)).toBe(1);
  });
});

describe('rules', () => {
  const active = plan(
    { stable: 1 },
    {
      rules: [
        { when: { tenant: 'acme', headers: { 'x-canary': 'yes' } }, version: 'both' },
        { when: { headers: { 'x-canary': 'yes' } }, version: 'canary' },
        { when: { tenant: 'acme' }, version: 'acme' },
      ],
    },
  );

  it.each<[RequestFacts, string]>([
    [{ tenant: 'acme', headers: { 'x-canary': 'yes' } }, 'both'],
    [{ tenant: 'other', headers: { 'X-Canary': 'yes' } }, 'canary'],
    [{ headers: { 'x-canary': ['yes', 'no'] } }, 'canary'],
    [{ headers: { 'x-canary': 'Yes' } }, 'stable'],
    [{ tenant: 'acme' }, 'acme'],
    [{ headers: {} }, 'stable'],
    [{}, 'stable'],
  ])('the first that holds for %j decides: %s', (facts, version) => {
    expect(route(active, facts, () => 0, every)).toEqual({
      version,
      available: true,
      spilled: false,
      assigned: version === 'stable',
      planRevision: 3,
    });
  });

  it('do not match what every object has', () => {
    const odd = plan(
      { stable: 1 },
      { rules: [{ when: { headers: { constructor: 'x' } }, version: 'odd' }], bucketBy: { header: 'constructor' } },
    );
    expect(route(odd, { headers: {} }, () => 0, every).version).toBe('stable');
  });
});

describe('a version without an endpoint', () => {
  const weights = { a: 1, b: 1, c: 2 };
  const without = (gone: string) => ({ has: (version: string) => version !== gone });

  it('is said, and nobody goes elsewhere', () => {
    const seen = new Set(Array.from({ length: 100 }, (_, n) => JSON.stringify(route(plan(weights, byUser), user(n), never, without('c')))));
    expect([...seen].map((each) => JSON.parse(each)).sort((x, y) => (x.version < y.version ? -1 : 1))).toEqual([
      { version: 'a', available: true, spilled: false, assigned: true, planRevision: 3 },
      { version: 'b', available: true, spilled: false, assigned: true, planRevision: 3 },
      { version: 'c', available: false, spilled: false, assigned: true, planRevision: 3 },
    ]);
  });

  it('leaves its requests to the others by their weights, and theirs where they are, if the plan says so', () => {
    const active = plan(weights, { ...byUser, fallback: 'others' });
    const spilled = { b: 0, c: 0 };
    for (let n = 0; n < 8_000; n++) {
      const before = route(active, user(n), never, every).version;
      const now = route(active, user(n), never, without('a'));
      if (before !== 'a') expect(now).toMatchObject({ version: before, spilled: false });
      else {
        expect(now).toMatchObject({ spilled: true, assigned: false });
        spilled[now.version as 'b' | 'c']++;
      }
    }
    expect(spilled.c / spilled.b).toBeCloseTo(2, 0.4);
  });

  it('also by chance', () => {
    const active = plan(weights, { fallback: 'others' });
    const random = seededRandom(3);
    for (let n = 0; n < 1_000; n++) expect(route(active, {}, random, without('c')).version).not.toBe('c');
  });

  it('never leaves them to a version of weight 0', () => {
    const active = plan({ a: 1, b: 0 }, { fallback: 'others' });
    expect(route(active, {}, () => 0.5, without('a'))).toMatchObject({ version: 'a', available: false });
  });
});

it('without weights splits nothing but what rules say', () => {
  const rules = [{ when: { tenant: 'acme' }, version: '2' }];
  for (const active of [plan({}, { rules }), activePlan('voice', 0, undefined)])
    expect(route(active, { tenant: 'other' }, never, every)).toMatchObject({ version: undefined, available: true });
  expect(route(plan({}, { rules }), { tenant: 'acme' }, never, every).version).toBe('2');
});

it('answers with the same objects again and again, so that a pick allocates nothing', () => {
  const active = plan({ a: 1, b: 1 }, byUser);
  const seen = new Set(Array.from({ length: 1_000 }, (_, n) => route(active, user(n), never, every)));
  expect(seen.size).toBe(2);
});
