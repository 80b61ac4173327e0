import { describe, expect, it } from 'vitest';
import { testRuntime } from '../testing/index.ts';
import type { LogLevel } from './logger.ts';
import { repeat } from './repeat.ts';

describe('repeat', () => {
  it('waits the interval after each turn and goes on after a failure, which it logs', async () => {
    const logged: LogLevel[] = [];
    const runtime = { ...testRuntime(), logger: { enabled: () => true, log: (level: LogLevel) => void logged.push(level) } };
    let turns = 0;
    const loop = repeat(runtime, { name: 'sweep', intervalMs: 100 }, () => {
      turns++;
      if (turns === 2) throw new Error('once');
    });
    await runtime.clock.advance(350);
    expect([turns, logged]).toEqual([3, ['error']]);
    await loop.stop();
    await runtime.clock.advance(1_000);
    expect(turns).toBe(3);
  });

  it('runs once more when triggered during a turn, and never two turns at once', async () => {
    const runtime = testRuntime();
    let open = (): void => {};
    let turns = 0;
    const loop = repeat(runtime, { name: 'sweep', intervalMs: 1_000 }, () => {
      turns++;
      return new Promise((resolve) => {
        open = resolve;
      });
    });
    loop.trigger();
    loop.trigger();
    loop.trigger();
    expect(turns).toBe(1);
    open();
    await runtime.clock.advance(0);
    expect(turns).toBe(2);
    open();
    await loop.stop();
  });

  it('stops only when the running turn has ended', async () => {
    const runtime = testRuntime();
    let open = (): void => {};
    const loop = repeat(runtime, { name: 'sweep', intervalMs: 10 }, () => new Promise((resolve) => (open = resolve)));
    loop.trigger();
    let stopped = false;
    const stopping = loop.stop().then(() => (stopped = true));
    await runtime.clock.advance(100);
    expect(stopped).toBe(false);
    open();
    await stopping;
  });
});
