import { describe, expect, it } from 'vitest';
import { Responsiveness, type Sent } from './responsiveness.ts';

const decayMs = 10_000;
const failureCostMs = 5_000;
const sentAt = (at: number): Sent => ({ startedBefore: (time) => at < time });

/** It has answered ten times, the last time at 0, each after 100 ms: longer than 200 ms is long. */
function known(): Responsiveness {
  const responsiveness = new Responsiveness();
  for (let each = 0; each < 10; each++) {
    responsiveness.sent(0);
    responsiveness.waitOver(0);
    responsiveness.answeredAfter(100, 0, decayMs);
  }
  return responsiveness;
}

describe('the cost of a round trip', () => {
  it('is nothing for one that was never asked, and that of a failure while it owes its first answer', () => {
    const responsiveness = new Responsiveness();
    expect(responsiveness.cost(0, decayMs, failureCostMs)).toBe(0);
    responsiveness.sent(0);
    expect(responsiveness.cost(0, decayMs, failureCostMs)).toBe(failureCostMs);
    expect(responsiveness.cost(6_000, decayMs, failureCostMs), 'a longer silence').toBe(6_000);
  });

  it('is the longest silence while somebody waits, counted from the last sign of life', () => {
    const responsiveness = known();
    responsiveness.sent(0);
    responsiveness.sent(500);
    expect(responsiveness.cost(1_000, decayMs, failureCostMs)).toBe(1_000);
    responsiveness.waitOver(1_000);
    expect(responsiveness.cost(1_300, decayMs, failureCostMs)).toBe(300);
    responsiveness.waitOver(1_300);
    expect(responsiveness.cost(1_300, decayMs, failureCostMs)).toBeLessThan(100);
  });
});

describe('an endpoint that gave no answer in time', () => {
  it('hangs when it had longer than twice its slowest answer and nothing was learnt of it meanwhile', () => {
    expect(known().keptSilent(sentAt(10), 211)).toBe(true);
  });

  it('does not when it had less, or answered or failed somebody else meanwhile', () => {
    expect(known().keptSilent(sentAt(10), 210)).toBe(false);
    const other = known();
    other.gaveUpAfter(50, 60, decayMs);
    expect(other.keptSilent(sentAt(10), 300)).toBe(false);
  });

  it('cannot be judged before ten answers', () => {
    expect(new Responsiveness().keptSilent(sentAt(0), 1e9)).toBe(false);
  });
});
