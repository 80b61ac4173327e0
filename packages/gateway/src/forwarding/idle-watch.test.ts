import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { IdleWatch } from './idle-watch.ts';

function watching(elsewhere?: () => number) {
  const { clock } = testRuntime();
  let idle = 0;
  const watch = new IdleWatch({ clock, idleMs: 1_000, onIdle: () => idle++, ...(elsewhere && { elsewhere }) });
  return { clock, watch, idle: () => idle };
}

describe('a watch for idleness', () => {
  it('calls once when nothing has moved for so long, and not before', async () => {
    const { clock, idle } = watching();
    await clock.advance(999);
    expect(idle()).toBe(0);
    await clock.advance(1);
    expect(idle()).toBe(1);
    await clock.advance(10_000);
    expect(idle()).toBe(1);
  });

  it('counts from the last movement', async () => {
    const { clock, watch, idle } = watching();
    for (let each = 0; each < 10; each++) {
      await clock.advance(900);
      watch.moved();
    }
    expect(idle()).toBe(0);
    await clock.advance(999);
    expect(idle()).toBe(0);
    await clock.advance(1);
    expect(idle()).toBe(1);
  });

  it('takes what moves elsewhere for a movement, at the latest when the time has passed', async () => {
    let count = 0;
    const { clock, idle } = watching(() => count);
    await clock.advance(500);
    count++;
    await clock.advance(1_499);
    expect(idle()).toBe(0);
    await clock.advance(1);
    expect(idle()).toBe(1);
  });

  it('never calls after it was stopped', async () => {
    const { clock, watch, idle } = watching();
    watch.stop();
    await clock.advance(5_000);
    expect(idle()).toBe(0);
  });
});
