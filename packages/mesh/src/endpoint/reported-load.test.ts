import { expect, it } from 'vitest';
import { reportedLoadFactor } from './reported-load.ts';

it.each([
  [0, 1],
  [0.5, 1],
  [0.75, 2],
  [0.9, 5],
  [0.95, 10],
  [1, 10],
])('a server that is busy for %f of its time is dearer by %f', (load, factor) => {
  expect(reportedLoadFactor(load)).toBeCloseTo(factor);
});
