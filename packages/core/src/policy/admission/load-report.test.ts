import { describe, expect, it } from 'vitest';
import { testRuntime } from '../../testing/index.ts';
import { loadHeader, readLoadHeader, writeLoadHeader } from './load-header.ts';
import { loadReporter } from './load-reporter.ts';

const read = (value: string | readonly string[] | undefined): unknown => readLoadHeader({ [loadHeader]: value });

describe('the load header', () => {
  it.each([
    [{ utilization: 0.834, queueAgeMs: 12.4 }, 'u=0.83;q=12'],
    [{ utilization: 0, queueAgeMs: 0 }, 'u=0;q=0'],
    [{ utilization: 1.0001, queueAgeMs: 1e12 }, 'u=1;q=86400000'],
    [{ utilization: Number.NaN, queueAgeMs: Number.NaN }, 'u=0;q=0'],
    [{ utilization: -1, queueAgeMs: -1 }, 'u=0;q=0'],
    [{ utilization: 0.5, queueAgeMs: Number.POSITIVE_INFINITY }, 'u=0.5;q=86400000'],
  ])('writes %j as %s, which is read again', (report, text) => {
    const headers: Record<string, string> = {};
    writeLoadHeader(headers, report);
    expect(headers).toEqual({ 'tutti-load': text });
    expect(read(text)).toEqual({
      utilization: Number(text.slice(2, text.indexOf(';'))),
      queueAgeMs: Number(text.slice(text.indexOf('q=') + 2)),
    });
  });

  it.each([
    undefined,
    '',
    'u=0.83',
    'q=12',
    'q=12;u=0.83',
    'u=1.01;q=1',
    'u=2;q=1',
    'u=-0.5;q=1',
    'u=.5;q=1',
    'u=0.835;q=1',
    'u=0.5;q=-1',
    'u=0.5;q=1.5',
    'u=0.5;q=01',
    'u=0.5;q=99999999',
    'u=0.5; q=1',
    'u=0.5;q=1;x=1',
    'u=0.5;q=1\n',
    'u=1e-1;q=1',
    'u=NaN;q=1',
    `u=0.5;q=${'1'.repeat(1_000)}`,
    ['u=0.5;q=1', 'u=0.5;q=1'],
  ])('treats %j as absent', (value) => {
    expect(read(value)).toBeUndefined();
  });
});

describe('a load reporter', () => {
  it('measures at most once in its interval, however often it is asked', async () => {
    const runtime = testRuntime();
    let looks = 0;
    const monitor = { sample: () => ({ delayP50Ms: 0, delayP99Ms: 0, delayMaxMs: 0, utilization: ++looks / 10 }) };
    const reporter = loadReporter({ runtime, monitor, gate: { queueAgeMs: () => looks * 7 }, every: '50ms' });
    const written = (): string | undefined => {
      const headers: Record<string, string> = {};
      reporter.write(headers);
      return headers[loadHeader];
    };
    expect(looks).toBe(0);
    expect(written()).toBe('u=0.1;q=7');
    for (let each = 0; each < 1_000; each++) written();
    expect(looks).toBe(1);
    await runtime.clock.advance(50);
    expect([written(), reporter.report(), looks]).toEqual(['u=0.2;q=14', { utilization: 0.2, queueAgeMs: 14 }, 2]);
    expect(runtime.clock.nextDelayMs()).toBeUndefined();
  });
});
