import { describe, expect, it } from 'vitest';
import { Ejections } from './ejections.ts';

describe('ejections', () => {
  it('last longer each time, up to the bound, and are not counted beyond it', () => {
    const ejections = new Ejections();
    const durations = Array.from({ length: 20 }, () => ejections.eject(0, 30, 300));
    expect(durations.slice(0, 11)).toEqual([30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300]);
    expect([durations[19], ejections.count]).toEqual([300, 10]);
    for (let sweep = 0; sweep < 10; sweep++) ejections.healthySweep();
    expect(ejections.eject(0, 30, 300)).toBe(30);
  });

  it('last no longer than the bound, even the first', () => {
    expect(new Ejections().eject(0, 500, 300)).toBe(300);
  });

  it('end early without being made good', () => {
    const ejections = new Ejections();
    ejections.eject(0, 30, 300);
    ejections.forgive();
    expect([ejections.until, ejections.eject(0, 30, 300)]).toEqual([Number.NEGATIVE_INFINITY, 60]);
  });

  it('are never made good more often than they happened', () => {
    const ejections = new Ejections();
    ejections.healthySweep();
    expect(ejections.eject(0, 30, 300)).toBe(30);
  });
});
