import { describe, expect, it } from 'vitest';
import type { Clock } from './clock.ts';
import { manualClock } from './manual-clock.ts';
import { type StallWatch, stallWatch } from './stall-watch.ts';

/** A clock whose timers stand still while its time goes on, as those of a stalled loop do. */
function stallable(): { readonly watch: StallWatch; now(): number; pass(ms: number): Promise<void>; stall(ms: number): void } {
  const timers = manualClock();
  let stalledMs = 0;
  const clock: Clock = { ...timers, now: () => timers.now() + stalledMs };
  return {
    watch: stallWatch(clock),
    now: clock.now,
    pass: (ms) => timers.advance(ms),
    stall: (ms) => {
      stalledMs += ms;
    },
  };
}

describe('the stall watch', () => {
  it('says nothing of a loop that turns', async () => {
    const { watch, now, pass } = stallable();
    watch.watch();
    await pass(500);
    expect(watch.stalled(0, now())).toBe(false);
    watch.unwatch();
  });

  it('knows of a stall before its own late timer has had its turn, and after', async () => {
    const { watch, now, pass, stall } = stallable();
    watch.watch();
    await pass(90);
    const before = now();
    stall(60);
    expect(watch.stalled(before, now())).toBe(true);
    await pass(200);
    expect(watch.stalled(before, now())).toBe(true);
  });

  it('forgives what began after the stall', async () => {
    const { watch, now, pass, stall } = stallable();
    watch.watch();
    stall(400);
    await pass(50);
    const after = now();
    await pass(100);
    expect([watch.stalled(0, now()), watch.stalled(after, now())]).toEqual([true, false]);
  });

  it('takes a short pause for part of any measurement', async () => {
    const { watch, now, pass, stall } = stallable();
    watch.watch();
    await pass(24);
    stall(20);
    expect(watch.stalled(0, now())).toBe(false);
  });

  it('stops to look when nothing is measured, and does not take the time of rest for a stall', async () => {
    const timers = manualClock();
    const watch = stallWatch(timers);
    watch.watch();
    watch.unwatch();
    await timers.advance(25);
    expect(timers.nextDelayMs()).toBeUndefined();
    await timers.advance(10_000);
    const begun = timers.now();
    watch.watch();
    expect(watch.stalled(begun, timers.now())).toBe(false);
    expect(watch).toBe(stallWatch(timers));
  });
});

describe('the time for which the loop stood still', () => {
  it('is none on a loop that runs, nor what a busy one is late by', async () => {
    const { watch, now, pass, stall } = stallable();
    watch.watch();
    for (let each = 0; each < 100; each++) {
      await pass(37);
      if (each % 5 === 0) stall(20);
      await pass(25);
      expect(watch.total(now())).toBe(0);
    }
  });

  it('is counted at once, before any timer has run, and not again when one does', async () => {
    const { watch, now, pass, stall } = stallable();
    watch.watch();
    stall(500);
    expect(watch.total(now())).toBe(475);
    await pass(25);
    expect(watch.total(now())).toBe(500);
    await pass(1_000);
    expect(watch.total(now())).toBe(500);
  });

  it('is only that of its own time for who begins later', async () => {
    const { watch, now, pass, stall } = stallable();
    watch.watch();
    stall(500);
    const before = watch.total(now());
    await pass(200);
    const rest = watch.total(now()) - before;
    expect(rest, 'less than one tick of the stall before it').toBeLessThanOrEqual(25);
    stall(300);
    expect(watch.total(now()) - before - rest).toBeGreaterThanOrEqual(275);
  });
});
