import { expect, it } from 'vitest';
import { slowStartShare } from './slow-start.ts';

it.each([
  [0, 1, 0.1, 0.1],
  [5_000, 1, 0.1, 0.1],
  [10_000, 1, 0.1, 0.1],
  [50_000, 1, 0.1, 0.5],
  [99_999, 1, 0.1, 0.99999],
  [100_000, 1, 0.1, 1],
  [1e9, 1, 0.1, 1],
  [25_000, 2, 0.1, 0.5],
  [50_000, 0.5, 0.1, 0.25],
  [0, 1, 0.5, 0.5],
])('after %i of 100,000 ms, with aggression %f and at least %f: %f', (ageMs, aggression, minShare, share) => {
  expect(slowStartShare(ageMs, { windowMs: 100_000, aggression, minShare })).toBeCloseTo(share);
});
