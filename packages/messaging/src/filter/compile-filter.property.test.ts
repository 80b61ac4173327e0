import type { CloudEvent } from '@tutti/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFilter } from './compile-filter.ts';

const scalar = fc.oneof(fc.constantFrom('', 'a', 'ab', null, true), fc.integer({ min: 0, max: 1 }));
const bound = fc.oneof(fc.constantFrom('', 'a', 'ab'), fc.integer({ min: 0, max: 1 }));
const path = fc.constantFrom('data', 'data.x', 'data.y', 'data.x.y', 'subject', 'data.toString');
const operator = fc.oneof(
  fc.record({ gt: bound }),
  fc.record({ gte: bound }),
  fc.record({ lt: bound }),
  fc.record({ lte: bound }),
  fc.record({ not: fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })) }),
  fc.record({ exists: fc.boolean() }),
  fc.record({ startsWith: fc.constantFrom('', 'a', 'ab') }),
);
const operators = fc.tuple(operator, operator).map(([one, other]) => ({ ...one, ...other }));
const filters = fc.dictionary(path, fc.oneof(scalar, fc.array(scalar, { minLength: 1, maxLength: 4 }), operators), {
  minKeys: 1,
  maxKeys: 2,
});
const inner = fc.record({ x: scalar, y: scalar }, { requiredKeys: [] });
const events = fc.record(
  { subject: scalar, data: fc.oneof(scalar, fc.record({ x: fc.oneof(scalar, inner), y: fc.oneof(scalar, inner) }, { requiredKeys: [] })) },
  { requiredKeys: [] },
);

/** The definition, word for word. */
function naivePasses(filter: Readonly<Record<string, unknown>>, event: unknown): boolean {
  return Object.entries(filter).every(([where, test]) => {
    const value = where
      .split('.')
      .reduce<unknown>((at, name) => new Map(Object.entries(typeof at === 'object' && at !== null ? at : {})).get(name), event);
    if (Array.isArray(test)) return test.includes(value);
    if (typeof test !== 'object' || test === null) return value === test;
    return Object.entries(test).every(([name, operand]) => naiveOperator(name, operand, value));
  });
}

function naiveOperator(name: string, operand: unknown, value: unknown): boolean {
  if (name === 'not') return ![operand].flat().includes(value);
  if (name === 'exists') return operand === !(value === undefined || value === null);
  if (name === 'startsWith') return typeof value === 'string' && value.slice(0, String(operand).length) === operand;
  if (typeof value !== typeof operand) return false;
  const order = value === operand ? 0 : [value as string, operand as string].sort(less)[0] === value ? -1 : 1;
  return { gt: order > 0, gte: order >= 0, lt: order < 0, lte: order <= 0 }[name] === true;
}

const less = (one: string, other: string): number => (one < other ? -1 : 1);

describe('a compiled filter', () => {
  it('agrees with its definition on any filter and event', () => {
    let passed = 0;
    fc.assert(
      fc.property(filters, events, (filter, event) => {
        const passes = compileFilter(filter)(event as unknown as CloudEvent);
        if (passes) passed++;
        expect(passes).toBe(naivePasses(filter, event));
      }),
      { numRuns: 3_000 },
    );
    expect(passed).toBeGreaterThan(100); // else it agreed on nothing but refusals
  });

  it('refuses any operator it does not know', () => {
    const known = ['gt', 'gte', 'lt', 'lte', 'not', 'exists', 'startsWith'];
    const unknown = fc.string().filter((name) => !known.includes(name) && name !== '__proto__');
    fc.assert(
      fc.property(unknown, scalar, (name, operand) => {
        expect(() => compileFilter({ 'data.x': { [name]: operand } })).toThrowError(expect.objectContaining({ code: 'INVALID_OPTIONS' }));
      }),
    );
  });
});
