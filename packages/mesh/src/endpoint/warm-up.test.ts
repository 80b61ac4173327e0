import { expect, it } from 'vitest';
import { WarmUp } from './warm-up.ts';

const slowStart = { windowMs: 100, aggression: 1, minShare: 0.1 };

it('rises to the full share, stays there, and rises again when it begins anew', () => {
  const warmUp = new WarmUp(0);
  expect([0, 50, 100, 50].map((now) => warmUp.share(now, slowStart))).toEqual([0.1, 0.5, 1, 1]);
  warmUp.restart(200);
  expect(warmUp.share(250, slowStart)).toBe(0.5);
});

it('has its full share from the start where it is not led up', () => {
  expect(new WarmUp(Number.NEGATIVE_INFINITY).share(0, slowStart)).toBe(1);
});

it('goes on where it was after a policy without a slow start', () => {
  const warmUp = new WarmUp(0);
  expect(warmUp.share(200, undefined)).toBe(1);
  expect(warmUp.share(50, slowStart)).toBe(0.5);
});
