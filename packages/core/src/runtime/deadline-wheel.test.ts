import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadlineWheel } from './deadline-wheel.ts';
import { manualClock } from './manual-clock.ts';
import { realClock } from './real-clock.ts';

describe('the deadline wheel', () => {
  it('fires each deadline once, at its time and in order, unless it was cancelled', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ delay: fc.integer({ min: 0, max: 20_000 }), cancel: fc.boolean() }), { maxLength: 60 }),
        async (plan) => {
          const clock = manualClock(1_000);
          const wheel = deadlineWheel(clock);
          const fired: number[] = [];
          const deadlines = plan.map(({ delay }) => wheel.at(1_000 + delay, () => fired.push(clock.now() - 1_000)));
          for (const [index, { cancel }] of plan.entries()) if (cancel) deadlines[index]?.cancel();
          for (let turn = 0; clock.nextDelayMs() !== undefined && turn < 1_000; turn++) await clock.advance(clock.nextDelayMs() ?? 0);
          expect(fired).toEqual(
            plan
              .filter(({ cancel }) => !cancel)
              .map(({ delay }) => delay)
              .sort((a, b) => a - b),
          );
          expect(wheel.size).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('lets a callback cancel and add deadlines', async () => {
    const clock = manualClock();
    const wheel = deadlineWheel(clock);
    const fired: string[] = [];
    wheel.at(10, () => {
      second.cancel();
      wheel.at(12, () => fired.push('added'));
    });
    const second = wheel.at(11, () => fired.push('cancelled'));
    await clock.advance(20);
    expect(fired).toEqual(['added']);
  });

  it('is one for each clock', () => {
    const clock = manualClock();
    expect(deadlineWheel(clock)).toBe(deadlineWheel(clock));
    expect(deadlineWheel(clock)).not.toBe(deadlineWheel(manualClock()));
  });

  it('never fires early on the real clock', async () => {
    const at = realClock.now() + 12;
    await new Promise<void>((resolve) => deadlineWheel(realClock).at(at, resolve));
    expect(realClock.now()).toBeGreaterThanOrEqual(at);
  });
});
