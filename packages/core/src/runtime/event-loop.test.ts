import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventLoopMonitor } from './event-loop.ts';

describe('the event loop monitor', () => {
  it('sees a stall in the sample in which it happened, and not in the next', async () => {
    const monitor = eventLoopMonitor();
    await pause(30);
    const endsAt = performance.now() + 120;
    while (performance.now() < endsAt);
    await pause(30);
    const stalled = monitor.sample();
    expect(stalled.delayMaxMs).toBeGreaterThan(80);
    expect(stalled.utilization).toBeGreaterThan(0.3);
    await pause(60);
    const after = monitor.sample();
    monitor.stop();
    expect(after.delayMaxMs).toBeLessThan(stalled.delayMaxMs);
    expect(after.utilization).toBeLessThan(stalled.utilization);
  });
});
