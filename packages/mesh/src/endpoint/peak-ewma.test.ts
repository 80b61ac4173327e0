import { describe, expect, it } from 'vitest';
import { FailureShare, PeakEwma } from './peak-ewma.ts';

const decayMs = 10_000;

describe('the peak average of round trips', () => {
  it('follows a rise at once and a fall slowly', () => {
    const rtt = new PeakEwma();
    rtt.observe(10, 0, decayMs);
    rtt.observe(200, 0, decayMs);
    expect(rtt.read(0, decayMs)).toBe(200);
    rtt.observe(10, 1_000, decayMs);
    expect(rtt.read(1_000, decayMs)).toBeCloseTo(200 * Math.exp(-0.1) + 10 * (1 - Math.exp(-0.1)));
  });

  it('falls while nothing is heard: to 1 / e in the time of decay', () => {
    const rtt = new PeakEwma();
    expect(rtt.read(5, decayMs)).toBe(0);
    rtt.observe(100, 0, decayMs);
    expect(rtt.read(decayMs, decayMs)).toBeCloseTo(100 / Math.E);
    expect(rtt.read(20 * decayMs, decayMs)).toBeLessThan(1e-6);
  });

  it('is never raised by a clock that steps back', () => {
    const rtt = new PeakEwma();
    rtt.observe(100, 1_000, decayMs);
    expect(rtt.read(0, decayMs)).toBe(100);
    rtt.observe(1, 0, decayMs);
    expect(rtt.read(0, decayMs)).toBeLessThanOrEqual(100);
  });
});

describe('the share of failures', () => {
  it('comes near to what it is of the last outcomes, however fast they come', () => {
    const share = new FailureShare();
    for (let each = 0; each < 100; each++) share.observe(true, 0, decayMs);
    expect(share.read(0, decayMs)).toBeGreaterThan(0.999);
    for (let each = 0; each < 1_000; each++) share.observe(each % 2 === 0, 0, decayMs);
    expect(Math.abs(share.read(0, decayMs) - 0.5)).toBeLessThan(0.06);
  });

  it('is forgotten by answers, and by time', () => {
    const share = new FailureShare();
    for (let each = 0; each < 10; each++) share.observe(true, 0, decayMs);
    const failed = share.read(0, decayMs);
    expect(share.read(decayMs, decayMs)).toBeCloseTo(failed / Math.E);
    for (let each = 0; each < 100; each++) share.observe(false, 0, decayMs);
    expect(share.read(0, decayMs)).toBe(0);
  });
});
