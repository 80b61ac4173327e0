import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Call } from '../call/call.ts';
import { coreError } from '../errors/core-errors.ts';
import { compose } from '../handler/compose.ts';
import { checkLaws, layerLaws, testRuntime } from '../testing/index.ts';
import { exponential } from './backoff.ts';
import { type RetryOptions, retry } from './retry.ts';

const steady = exponential({ initial: '100ms', factor: 2, max: '1s', jitter: 0 });

function failing(
  times: number,
  error: unknown = new Error('flaky'),
): { handler: (input: string, call: Call) => Promise<string>; attempts: number[] } {
  const attempts: number[] = [];
  return {
    attempts,
    handler: async (input, call) => {
      attempts.push(call.attempt);
      if (attempts.length <= times) throw error;
      return `${input}!`;
    },
  };
}

async function run(
  handler: (input: string, call: Call) => Promise<string>,
  options: RetryOptions,
  call?: Call,
): Promise<{ outcome: unknown; tookMs: number }> {
  const runtime = testRuntime();
  const startedAt = runtime.clock.now();
  let tookMs = -1;
  const outcome = compose(handler, [retry(options)])('x', call ?? Call.root({ runtime }))
    .catch((error: unknown) => error)
    .finally(() => {
      tookMs = runtime.clock.now() - startedAt;
    });
  await runtime.clock.advance(60_000);
  return { outcome: await outcome, tookMs };
}

describe('the retry layer', () => {
  checkLaws(it, layerLaws, () => ({ layer: retry({ maxAttempts: 1 }) }));

  it('tries again after the delays of its backoff, numbering the attempts', async () => {
    const { handler, attempts } = failing(3);
    expect(await run(handler, { maxAttempts: 4, backoff: steady })).toEqual({ outcome: 'x!', tookMs: 700 });
    expect(attempts).toEqual([1, 2, 3, 4]);
  });

  it('throws the last failure as it came when the attempts are used up', async () => {
    const error = new Error('for good');
    const { handler, attempts } = failing(9, error);
    expect((await run(handler, { maxAttempts: 2, backoff: steady })).outcome).toBe(error);
    expect(attempts).toHaveLength(2);
  });

  it('does not try again what will fail again', async () => {
    const { handler, attempts } = failing(9, coreError('INVALID_DATA', { path: 'a', problem: 'is wrong' }));
    await run(handler, { backoff: steady });
    expect(attempts).toHaveLength(1);
  });

  it('does not wait for a try that would begin after the deadline', async () => {
    const runtime = testRuntime();
    const { handler, attempts } = failing(9);
    const call = Call.root({ runtime, deadline: runtime.clock.now() + 150 });
    const outcome = compose(handler, [retry({ maxAttempts: 9, backoff: steady })])('x', call).catch((error: Error) => error.message);
    await runtime.clock.advance(1_000);
    expect(await outcome).toBe('flaky');
    expect(attempts).toHaveLength(2);
  });

  it('stops waiting when the call is cancelled', async () => {
    const runtime = testRuntime();
    const { handler, attempts } = failing(9);
    const call = Call.root({ runtime });
    const outcome = compose(handler, [retry({ backoff: steady })])('x', call).catch((error: unknown) => error);
    await runtime.clock.advance(10);
    call.cancel('enough');
    expect(await outcome).toBe('enough');
    expect(attempts).toHaveLength(1);
  });

  it('tells the observer the delays it really keeps, whether or not it listens', async () => {
    const seen: number[] = [];
    const backoff = exponential({ initial: '100ms', jitter: 0.5 });
    const heard = await run(failing(2).handler, { backoff, onRetry: ({ delayMs }) => seen.push(delayMs) });
    const unheard = await run(failing(2).handler, { backoff });
    expect(heard.tookMs).toBe(unheard.tookMs);
    expect(seen.reduce((sum, delay) => sum + delay, 0)).toBeCloseTo(heard.tookMs, 2);
  });

  it('names a bad option', () => {
    expect(() => retry({ maxAttempts: 0 })).toThrowError('retry.maxAttempts must be a whole number ≥ 1, got 0');
    // @ts-expect-error an option that does not exist
    expect(() => retry({ maxAttempt: 2 })).toThrowError(/retry\.maxAttempt is not an option; known are maxAttempts/);
  });
});

describe('exponential backoff', () => {
  it('stays between its floor and its ceiling, and never shrinks before jitter', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 1, max: 4, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (initial, factor, jitter, failures, drawn) => {
          const backoff = exponential({ initial: `${initial}ms`, factor, jitter, max: '10s' });
          const ceiling = backoff.ceilingMs(failures);
          const delay = backoff.delayMs(failures, () => drawn);
          expect(delay).toBeLessThanOrEqual(ceiling);
          expect(delay).toBeGreaterThanOrEqual(ceiling * (1 - jitter) - 1e-9);
          expect(backoff.ceilingMs(failures + 1)).toBeGreaterThanOrEqual(ceiling);
          expect(ceiling).toBeLessThanOrEqual(10_000);
        },
      ),
    );
  });
});
