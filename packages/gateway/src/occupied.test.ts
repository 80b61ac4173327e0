import { manualClock } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { Occupied } from './occupied.ts';

describe('waiting for what is under way', () => {
  it('ends with the last of it, or at the time of each who waits', async () => {
    const clock = manualClock();
    const occupied = new Occupied<string>();
    const ended: string[] = [];
    const wait = (name: string, withinMs: number): void => void occupied.empty(clock, withinMs).then(() => ended.push(name));
    const a = occupied.add('a');
    const b = occupied.add('b');
    wait('patient', 1_000);
    wait('impatient', 10);
    await clock.advance(10);
    occupied.delete(a);
    await clock.advance(0);
    expect(ended).toEqual(['impatient']);
    expect(occupied.items).toEqual(['b']);
    occupied.delete(b);
    await clock.advance(0);
    expect(ended).toEqual(['impatient', 'patient']);
    expect(clock.nextDelayMs()).toBeUndefined();
  });

  it('does not begin when nothing is', async () => {
    await new Occupied().empty(manualClock(), 1_000);
  });
});
