import { describe, expect, it } from 'vitest';
import { priorityLoads } from './priority-loads.ts';

describe('requests between priorities', () => {
  it.each([
    [
      [1, 1],
      [100, 0],
    ],
    [
      [0.72, 1],
      [100, 0],
    ],
    [
      [0.71, 1],
      [99, 1],
    ],
    [
      [0.5, 1],
      [70, 30],
    ],
    [
      [0.25, 1],
      [35, 65],
    ],
    [
      [0, 1],
      [0, 100],
    ],
    [
      [0.25, 0.25, 1],
      [35, 35, 30],
    ],
    [
      [0.2, 0.2],
      [50, 50],
    ],
    [
      [0, 0],
      [100, 0],
    ],
    [[1], [100]],
    [[0.1], [100]],
  ])('with %j available go %j', (available, percents) => {
    expect(priorityLoads(available, 0.5).map(({ percent }) => percent)).toEqual(percents);
  });

  it.each([
    [[0.4], [true]],
    [[0.5], [false]],
    [
      [0.4, 1],
      [false, false],
    ],
    [
      [0.3, 0.3],
      [true, true],
    ],
    [
      [0.3, 0.4],
      [true, true],
    ],
    [
      [0, 0.6],
      [true, false],
    ],
    [
      [0, 0],
      [true, true],
    ],
  ])('with %j available panic is %j', (available, panics) => {
    expect(priorityLoads(available, 0.5).map(({ panic }) => panic)).toEqual(panics);
  });

  it('panics never at 0', () => {
    expect(priorityLoads([0], 0)).toEqual([{ percent: 100, panic: false }]);
  });

  it('always adds up to 100', () => {
    for (let a = 0; a <= 1; a += 0.03) {
      for (let b = 0; b <= 1; b += 0.03) {
        const sum = priorityLoads([a, b, 0.4], 0.5).reduce((total, { percent }) => total + percent, 0);
        expect(sum).toBe(100);
      }
    }
  });
});
