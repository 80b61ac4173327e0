import { manualClock } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { type StallingClock, stallingClock } from '../../test/stalling-clock.ts';
import { StallWatch } from './stall-watch.ts';

function setUp(): { clock: StallingClock; watch: StallWatch; stalled(before: number): number } {
  const clock = stallingClock(manualClock());
  const watch = new StallWatch(clock);
  return { clock, watch, stalled: (before) => watch.total(clock.now()) - before };
}

describe('the time for which the event loop stood still', () => {
  it('is none on a loop that runs, however long a request takes', async () => {
    const { clock, watch, stalled } = setUp();
    const before = watch.enter(clock.now());
    for (let each = 0; each < 100; each++) {
      await clock.advance(37);
      expect(stalled(before)).toBe(0);
    }
  });

  it('is counted at once, before any timer has run, and not again when one does', async () => {
    const { clock, watch, stalled } = setUp();
    const before = watch.enter(clock.now());
    clock.stall(500);
    expect(stalled(before)).toBe(450);
    await clock.advance(50);
    expect(stalled(before)).toBe(500);
    await clock.advance(1_000);
    expect(stalled(before)).toBe(500);
  });

  it('is only that of its own time for a request that began later', async () => {
    const { clock, watch, stalled } = setUp();
    watch.enter(clock.now());
    clock.stall(500);
    const later = watch.enter(clock.now());
    expect(stalled(later)).toBe(0);
    await clock.advance(200);
    const rest = stalled(later);
    expect(rest, 'less than one tick of the stall before it').toBeLessThanOrEqual(50);
    clock.stall(300);
    expect(stalled(later) - rest).toBeGreaterThanOrEqual(250);
  });

  it('is not what a busy loop is late by', async () => {
    const { clock, watch, stalled } = setUp();
    const before = watch.enter(clock.now());
    for (let each = 0; each < 20; each++) {
      clock.stall(20);
      await clock.advance(50);
    }
    expect(stalled(before)).toBe(0);
  });

  it('is watched only while somebody waits, and no more after a stop', async () => {
    const { clock, watch } = setUp();
    expect(clock.nextDelayMs()).toBeUndefined();
    watch.enter(clock.now());
    watch.enter(clock.now());
    watch.leave();
    await clock.advance(500);
    expect(clock.nextDelayMs()).toBeDefined();
    watch.leave();
    await clock.advance(50);
    expect(clock.nextDelayMs()).toBeUndefined();
    watch.enter(clock.now());
    watch.stop();
    expect(clock.nextDelayMs()).toBeUndefined();
  });
});
