import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutcomeDelta } from './outcome-stream.ts';
import { mergeOutcomes, noOutcomes, type OutcomeSum, type OutcomeTotals, sumOutcomes } from './outcome-totals.ts';

const delta = (given: Partial<OutcomeDelta> & Pick<OutcomeDelta, 'sequence'>): OutcomeDelta => ({
  replica: 'a',
  serviceName: 'voice',
  version: '1',
  planRevision: 1,
  assigned: true,
  ok: 0,
  errors: 0,
  latencyBuckets: [],
  ...given,
});

/** What a few replicas said: the same sequence of the same replica is always the same delta. */
const history = fc
  .array(
    fc.record({
      replica: fc.constantFrom('a', 'b'),
      version: fc.constantFrom('1', '2'),
      planRevision: fc.constantFrom(1, 2),
      assigned: fc.boolean(),
      ok: fc.nat(9),
      errors: fc.nat(9),
      latencyBuckets: fc.array(fc.nat(9), { maxLength: 4 }),
      failedUnits: fc.option(fc.record({ hashes: fc.uniqueArray(fc.nat(20)).map((all) => all.sort((x, y) => x - y)), cut: fc.boolean() }), {
        nil: undefined,
      }),
    }),
    { maxLength: 12 },
  )
  .map((said) => {
    const next = new Map<string, number>();
    return said.map(({ failedUnits, ...rest }) => {
      const sequence = (next.get(rest.replica) ?? 0) + 1;
      next.set(rest.replica, sequence);
      return delta({ ...rest, sequence, ...(failedUnits && { failedUnits }) });
    });
  });

/** Three sides, each of which heard some of it, in its own order and some of it twice. */
const sides = history.chain((deltas) => {
  const heard = fc.array(fc.nat(Math.max(0, deltas.length - 1)), { maxLength: 20 }).map((at) => all(at.flatMap((n) => deltas[n] ?? [])));
  return fc.tuple(fc.constant(deltas), heard, heard, heard);
});

const all = (deltas: readonly OutcomeDelta[]): OutcomeTotals => deltas.reduce<OutcomeTotals>(mergeOutcomes, noOutcomes);

const isSame = (a: OutcomeSum, b: OutcomeSum): boolean =>
  a.version === b.version && a.planRevision === b.planRevision && a.assigned === b.assigned;

describe('mergeOutcomes', () => {
  it('is commutative, associative and idempotent, whatever the sides have in common', () => {
    fc.assert(
      fc.property(sides, ([, x, y, z]) => {
        expect(mergeOutcomes(x, y)).toEqual(mergeOutcomes(y, x));
        expect(mergeOutcomes(mergeOutcomes(x, y), z)).toEqual(mergeOutcomes(x, mergeOutcomes(y, z)));
        expect(mergeOutcomes(x, x)).toEqual(x);
        expect(mergeOutcomes(mergeOutcomes(x, y), y)).toEqual(mergeOutcomes(x, y));
      }),
      { numRuns: 500 },
    );
  });

  it('comes to the naive sums, in any order and with duplicates', () => {
    fc.assert(
      fc.property(
        history.chain((deltas) => fc.tuple(fc.constant(deltas), fc.shuffledSubarray([...deltas, ...deltas], { minLength: deltas.length }))),
        ([, heard]) => {
          const once = new Map(heard.map((each) => [`${each.replica} ${each.sequence}`, each]));
          for (const sum of sumOutcomes(all(heard))) {
            const same = [...once.values()].filter((each) => isSame(each, sum));
            expect(sum.ok).toBe(same.reduce((count, each) => count + each.ok, 0));
            expect(sum.errors).toBe(same.reduce((count, each) => count + each.errors, 0));
            const units = new Set(same.flatMap((each) => each.failedUnits?.hashes ?? []));
            expect(new Set(sum.failedUnits?.hashes)).toEqual(units);
          }
          const total = [...once.values()].reduce((count, each) => count + each.ok, 0);
          expect(sumOutcomes(all(heard)).reduce((count, each) => count + each.ok, 0)).toBe(total);
        },
      ),
    );
  });

  it('keeps the unbroken beginning of a replica as sums only', () => {
    const totals = all([3, 1, 5, 2].map((sequence) => delta({ sequence, ok: sequence })));
    expect(totals.replicas['a']).toMatchObject({ through: 3, sums: [{ ok: 6 }], loose: [{ sequence: 5 }] });
    expect(all([4, 5, 3].map((sequence) => delta({ sequence, ok: 1 }))).replicas['a']?.loose).toHaveLength(3);
  });

  it('survives being sent as JSON', () => {
    const totals = all([delta({ sequence: 2, ok: 1 }), delta({ sequence: 1, errors: 1, failedUnits: { hashes: [7], cut: false } })]);
    expect(JSON.parse(JSON.stringify(totals))).toEqual(totals);
  });

  it('tells a replica named like a member of every object apart', () => {
    const totals = all([delta({ replica: 'constructor', sequence: 1, ok: 2 }), delta({ replica: '__proto__', sequence: 1, ok: 3 })]);
    expect(sumOutcomes(totals)).toMatchObject([{ ok: 5 }]);
  });
});
