import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonCopy, wasExact } from './json-copy.ts';

const overTheWire = (value: unknown): unknown => {
  const text = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
};

/** Plain data, with everything strange that may be in it. */
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(null, undefined, -0, Number.NaN, Symbol('s'), () => 1),
    fc.date({ noInvalidDate: false }),
    fc.constantFrom(
      new Map([[1, 2]]),
      new Uint8Array([1, 2]),
      /x/,
      Object(1),
      Object('s'),
      { toJSON: () => ({ told: 1 }) },
      new (class {
        x = 1;
        get y() {
          return 2;
        }
      })(),
    ),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'toString', '0', 'a')), tie('value'), { maxKeys: 5 }),
    fc.object(),
  ),
})).value;

describe('a copy as JSON would make it', () => {
  it('is what comes out at the other end of a wire', () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(jsonCopy(value)).toStrictEqual(overTheWire(value));
      }),
      { numRuns: 2_000 },
    );
  });

  it('shares nothing with the original', () => {
    const original = { list: [{ deep: { deeper: 1 } }], own: { a: 1 } };
    const copy = jsonCopy(original);
    Object.assign(original.list[0]?.deep ?? {}, { deeper: 2 });
    original.list.push({ deep: { deeper: 3 } });
    original.own.a = 2;
    expect(copy).toEqual({ list: [{ deep: { deeper: 1 } }], own: { a: 1 } });
  });

  it('refuses what JSON cannot hold', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(() => jsonCopy(cycle)).toThrow(TypeError);
    expect(() => jsonCopy({ big: 1n })).toThrow(TypeError);
    expect(() => jsonCopy(1n)).toThrow(TypeError);
  });

  it('says whether it is exactly what it was made of', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const copy = jsonCopy(value);
        if (wasExact()) expect(copy).toEqual(value);
      }),
      { numRuns: 1_000 },
    );
    const exactly = (value: unknown): boolean => {
      jsonCopy(value);
      return wasExact();
    };
    expect(exactly({ a: [1, 'b', null, { c: true }] })).toBe(true);
    for (const other of [{ at: new Date(0) }, { a: undefined }, [Number.NaN], new Map(), { toJSON: () => 1 }])
      expect(exactly(other)).toBe(false);
  });

  it('changes no prototype', () => {
    const copy = jsonCopy(JSON.parse('{"__proto__":{"admin":true},"a":{"__proto__":1}}')) as object;
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(Object.hasOwn(copy, '__proto__')).toBe(true);
    expect('admin' in copy).toBe(false);
  });
});
