import { describe, expect, it } from 'vitest';
import type { Balancer } from '../src/balance/candidate.ts';
import { leastConnections, peakEwma } from '../src/balance/least-load.ts';
import { roundRobin } from '../src/balance/round-robin.ts';
import { type QueueingResult, simulateQueueing } from './queueing.ts';

const seeds = [1, 2, 3];

/** Ten endpoints of four workers at 10 ms; one is ten times slower, at 0.7 of what the other nine can do. */
const slow = (balancer: Balancer, seed: number, requests = 120_000): QueueingResult =>
  simulateQueueing({ balancer, seed, requests, rate: 0.7 * 9 * 0.4, bad: 'ten times slower' });

/** One fails in a millisecond, at half of what the other nine can do. */
const failing = (balancer: Balancer, seed: number, requests = 120_000): QueueingResult =>
  simulateQueueing({ balancer, seed, requests, rate: 0.5 * 9 * 0.4, bad: 'fails in a millisecond' });

describe.each(seeds)('peak ewma with one bad endpoint of ten, seed %i', (seed) => {
  it('keeps away from a slow one', () => {
    const { p99, badShare } = slow(peakEwma(), seed);
    expect(p99).toBeLessThanOrEqual(55);
    expect(badShare).toBeLessThan(0.01);
  });

  it('keeps away from one that fails fast', () => {
    const { p99, badShare } = failing(peakEwma(), seed);
    expect(p99).toBeLessThanOrEqual(55);
    expect(badShare).toBeLessThan(0.01);
  });
});

describe.each(seeds)('least connections with one bad endpoint of ten, seed %i', (seed) => {
  it.each(['two', 'all'] as const)('of %s', (scan) => {
    expect(slow(leastConnections({ scan }), seed, 40_000).badShare).toBeLessThan(0.03);
    expect(failing(leastConnections({ scan }), seed, 40_000).badShare).toBeLessThan(0.05);
  });
});

it('round robin, which does not look, gives a bad one its tenth and drains no queue', () => {
  const { p99, badShare } = slow(roundRobin(), 1);
  expect(badShare).toBeCloseTo(0.1, 3);
  expect(p99).toBeGreaterThan(10_000);
});

it('failing fast draws traffic where failures count for nothing', () => {
  const blind = (balancer: Balancer): Balancer => ({
    name: 'blind',
    over: (candidates) => {
      const balance = balancer.over(
        candidates.map((candidate) => Object.create(candidate, { failureShare: { value: () => 0 } }) as typeof candidate),
      );
      return { next: (pick) => Object.getPrototypeOf(balance.next(pick) ?? null) };
    },
  });
  expect(failing(blind(leastConnections({ scan: 'all' })), 1, 40_000).badShare).toBeGreaterThan(0.2);
});
