import { manualClock } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { StoreTime } from './store-time.ts';

describe('the time of the store', () => {
  it('is never earlier than what the store has just said, whatever fractions this clock has', async () => {
    const clock = manualClock(1_700_003_600_000.2268);
    const time = new StoreTime(clock);
    for (let turn = 0; turn < 2_000; turn++) {
      await clock.advance(0.37);
      const said = Math.floor(clock.epoch());
      time.heard(said);
      expect(time.now()).toBe(said);
      expect(time.until(said)).toBe(0);
    }
  });

  it('goes on from there', async () => {
    const clock = manualClock(5);
    const time = new StoreTime(clock);
    time.heard(1_000);
    await clock.advance(250.5);
    expect([time.now(), time.until(1_300)]).toEqual([1_250, 50]);
  });
});
