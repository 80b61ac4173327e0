import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Call } from '../call/call.ts';
import { testRuntime } from '../testing/index.ts';
import { type KeyPart, type Partition, principal, scopedKey, shared, tenant } from './scoped-key.ts';

const runtime = testRuntime();
const call = (fields: { tenant?: string; principal?: string }): Call => Call.root({ runtime, ...fields });

/** Text that looks like the spelling of a key, and whatever else strings may hold. */
const nasty = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('a', ':', 'a:a', 'shared', 'tenant', '","', 'a","a', '"', '\\', '\\"') },
  { weight: 1, arbitrary: fc.constantFrom('null', '[', '"]', '{x}', '\0', '\ud800', '7', 'true') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }) },
);
const part: fc.Arbitrary<KeyPart> = fc.oneof(
  nasty,
  fc.integer({ min: -2, max: 9 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
);
const parts = fc.array(part, { minLength: 1, maxLength: 4 }) as unknown as fc.Arbitrary<[KeyPart, ...KeyPart[]]>;
const owner = fc.oneof(
  fc.record({ kind: fc.constant('tenant' as const), tenant: nasty }),
  fc.record({ kind: fc.constant('principal' as const), tenant: fc.option(nasty, { nil: undefined }), principal: nasty }),
  fc.constant({ kind: 'shared' as const }),
);
/** Two lists of parts: any, the same, or one made of the other as a careless spelling would read it. */
const pairs: fc.Arbitrary<readonly [Parts, Parts]> = fc.oneof(
  fc.tuple(parts, parts),
  parts.map((of) => [of, of] as const),
  fc.tuple(parts, fc.constantFrom(':', ',', '","')).map(([of, between]) => [of, [of.join(between)] as Parts] as const),
);
const owners = fc.oneof(
  fc.tuple(owner, owner),
  owner.map((one) => [one, one] as const),
);
type Parts = [KeyPart, ...KeyPart[]];
type Owner = { kind: 'tenant' | 'principal' | 'shared'; tenant?: string | undefined; principal?: string };

function partitionOf({ kind, tenant: of, principal: by }: Owner): Partition {
  const from = call({ ...(of !== undefined && { tenant: of }), ...(by !== undefined && { principal: by }) });
  return kind === 'tenant' ? tenant(from) : kind === 'principal' ? principal(from) : shared();
}

/** Compares what went in, not how it is spelt. */
const isSame = (left: readonly unknown[], right: readonly unknown[]): boolean =>
  left.length === right.length && left.every((one, index) => one === right[index]);

type Spell = (owner: Owner, parts: Parts) => string;

const injective = (spell: Spell): fc.IProperty<[readonly [Owner, Owner], readonly [Parts, Parts]]> =>
  fc.property(owners as fc.Arbitrary<readonly [Owner, Owner]>, pairs, ([whose, other], [left, right]) => {
    const a = [whose.kind, whose.tenant, whose.principal, ...left];
    const b = [other.kind, other.tenant, other.principal, ...right];
    return (spell(whose, left) === spell(other, right)) === isSame(a, b);
  });

describe('a key (C8)', () => {
  it('is spelt like another exactly when partition and parts are the same', () => {
    fc.assert(
      injective((whose, of) => scopedKey(partitionOf(whose), ...of).text),
      { numRuns: 10_000, seed: 8 },
    );
  });

  it('would not be if parts were joined: the control', () => {
    const joined = injective((whose, of) => [whose.kind, whose.tenant, whose.principal, ...of].join(':'));
    expect(fc.check(joined, { numRuns: 10_000, seed: 8 }).failed).toBe(true);
  });

  it('survives the way to a store that keeps text as UTF-8', () => {
    fc.assert(
      fc.property(parts, (of) => {
        const { text } = scopedKey(shared(), ...of);
        return Buffer.from(text, 'utf8').toString('utf8') === text;
      }),
    );
  });

  it('does not compile without a partition that somebody minted', () => {
    // @ts-expect-error no partition
    expect(() => scopedKey('order', 7)).toThrowError(/must be made by tenant\(call\), principal\(call\) or shared\(\)/);
    // @ts-expect-error something that looks like one
    expect(() => scopedKey({ tenant: 'acme', principal: undefined }, 'order')).toThrowError(/got an object/);
    // @ts-expect-error no parts: everything of a tenant under one name is a mistake
    scopedKey(shared());
  });

  it('is refused for a call that does not say whose it is', () => {
    expect(() => tenant(call({}))).toThrowError('tenant(call) needs a call that carries a tenant');
    expect(() => tenant(call({ tenant: '' }))).toThrowError('tenant(call) needs a call that carries a tenant');
    expect(() => principal(call({ tenant: 'acme' }))).toThrowError('principal(call) needs a call that carries a principal');
  });

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [undefined], [null], [{}], [7n]])('has no part %s', (wrong) => {
    expect(() => scopedKey(shared(), 'a', wrong as unknown as string)).toThrowError(/^scopedKey\.parts\[1\] must be a string/);
  });
});
