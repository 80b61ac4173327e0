import { describe, expect, it } from 'vitest';
import { outlierDefaults } from '../policy/outlier-defaults.ts';
import { type Answers, mostEjected, type OutlierSettings, outliersOf } from './outliers.ts';

const settings: OutlierSettings = { ...outlierDefaults, intervalMs: 10_000, baseEjectionMs: 30_000, maxEjectionMs: 300_000 };
const answers = (...failures: readonly number[]): Answers[] => failures.map((each) => ({ answers: 200, failures: each }));

describe('outliers by share of successes', () => {
  it.each([
    ['nobody stands out among equals', answers(2, 2, 2, 2, 2), []],
    ['one far below the others does', answers(0, 0, 0, 0, 0, 0, 0, 0, 0, 100), [9]],
    ['four are too few to compare', answers(0, 0, 0, 200), []],
    ['of ten, two that fail alike are within the deviation', answers(0, 0, 0, 0, 0, 0, 0, 0, 100, 100), [8, 9]],
    ['of five, one cannot be 1.9 deviations away by itself', answers(0, 0, 0, 0, 200), [4]],
  ] as const)('%s', (_title, given, expected) => {
    expect(outliersOf(given, settings)).toEqual(expected);
  });

  it('does not look at those with few requests', () => {
    const given = [...answers(0, 0, 0, 0, 0, 0), { answers: 99, failures: 99 }];
    expect(outliersOf(given, settings)).toEqual([]);
  });
});

describe('outliers by share of failures', () => {
  const byShare = { ...settings, deviationFactor: 100, failureShare: 0.85 };

  it('are those that reach it, the worst first', () => {
    expect(outliersOf(answers(0, 0, 0, 170, 190), byShare)).toEqual([4, 3]);
    expect(outliersOf(answers(0, 0, 0, 169, 0), byShare)).toEqual([]);
  });

  it('are not looked for by default', () => {
    expect(outliersOf(answers(200, 200, 200, 200, 200), settings)).toEqual([]);
  });
});

describe('how many may be ejected', () => {
  it.each([
    [0, 0],
    [1, 0],
    [2, 1],
    [3, 1],
    [10, 1],
    [19, 1],
    [20, 2],
    [100, 10],
  ])('of %i: %i', (endpoints, most) => {
    expect(mostEjected(endpoints, settings)).toBe(most);
  });

  it('the only one too, when asked', () => {
    expect(mostEjected(1, { ...settings, ejectSingle: true })).toBe(1);
  });
});
