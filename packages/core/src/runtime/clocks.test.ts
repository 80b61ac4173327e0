import { describe, expect, it } from 'vitest';
import { checkLaws, clockLaws } from '../testing/index.ts';
import { type ManualClockOptions, manualClock } from './manual-clock.ts';
import { realClock } from './real-clock.ts';
import { sleep } from './sleep.ts';

describe('the real clock', () => {
  checkLaws(it, clockLaws, () => ({ clock: realClock, pass: (ms: number) => sleep(realClock, ms) }), { ordered: false });
});

describe.each(['turn', 'microtasks'] as const)('a manual clock that lets %s settle', (settle) => {
  checkLaws(
    it,
    clockLaws,
    () => {
      const clock = manualClock(1_700_000_000_000, { settle });
      return { clock, pass: (ms: number) => clock.advance(ms) };
    },
    { ordered: true },
  );

  it('lets chains of promises of any length settle between two timers', async () => {
    const clock = manualClock(0, { settle });
    const seen: string[] = [];
    clock.after(1, async () => {
      for (let turn = 0; turn < 500; turn++) await Promise.resolve().then(() => undefined);
      seen.push('first');
    });
    clock.after(1, () => seen.push('second'));
    await clock.advance(1);
    expect(seen).toEqual(['first', 'second']);
  });
});

it('has options that are checked', () => {
  expect(() => manualClock(0, { settle: 'never' } as unknown as ManualClockOptions)).toThrowError(
    "manualClock.settle must be 'turn' or 'microtasks', got 'never'",
  );
});
