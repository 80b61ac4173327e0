import { describe, expect, it } from 'vitest';
import { AnswerTime } from './answer-time.ts';

function after(...latencies: readonly number[]): AnswerTime {
  const time = new AnswerTime();
  for (const latency of latencies) time.observe(latency);
  return time;
}

const times = (count: number, latencyMs: number): number[] => Array.from({ length: count }, () => latencyMs);

describe('how long an endpoint may take', () => {
  it('is not known before it has answered ten times', () => {
    expect(after(...times(9, 20)).longEnoughMs).toBe(Number.POSITIVE_INFINITY);
    expect(after(...times(10, 20)).longEnoughMs).toBe(40);
  });

  it('is twice its slowest answer, whenever that came', () => {
    expect(after(...times(9, 20), 300).longEnoughMs).toBe(600);
    expect(after(300, ...times(9, 20)).longEnoughMs).toBeGreaterThan(500);
  });

  it('is forgotten with the answers that were quicker: most of it after a hundred, nearly all after five hundred', () => {
    expect(after(1_020, ...times(100, 20)).longEnoughMs).toBeCloseTo(2 * (20 + 1_000 * 0.99 ** 100), 6);
    expect(after(1_020, ...times(500, 20)).longEnoughMs).toBeLessThan(60);
  });
});
