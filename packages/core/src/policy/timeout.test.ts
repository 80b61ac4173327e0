import { describe, expect, it } from 'vitest';
import { Call } from '../call/call.ts';
import { compose } from '../handler/compose.ts';
import { checkLaws, layerLaws, testRuntime } from '../testing/index.ts';
import { timeout } from './timeout.ts';

const hang = (_input: string, call: Call): Promise<never> =>
  new Promise((_resolve, reject) => call.signal.addEventListener('abort', () => reject(call.signal.reason)));
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the timeout layer', () => {
  checkLaws(it, layerLaws, () => ({ layer: timeout({ operation: 'reading', timeout: '1s' }) }));

  it('gives up at its time and cancels the work', async () => {
    const runtime = testRuntime();
    let inner: Call | undefined;
    const guarded = compose(
      (input: string, call: Call) => {
        inner = call;
        return hang(input, call);
      },
      [timeout({ operation: 'reading', timeout: '50ms' })],
    );
    const outcome = failure(guarded('x', Call.root({ runtime })));
    await runtime.clock.advance(49);
    expect(inner?.cancelled).toBe(false);
    await runtime.clock.advance(1);
    expect(await outcome).toMatchObject({ code: 'TIMEOUT', details: { operation: 'reading', timeoutMs: 50 }, retryable: true });
    expect(inner?.signal.reason).toBe(await outcome);
  });

  it('keeps the earlier deadline of the caller and says whose it was', async () => {
    const runtime = testRuntime();
    const guarded = compose(hang, [timeout({ operation: 'reading', timeout: '10s' })]);
    const outcome = failure(guarded('x', Call.root({ runtime, deadline: runtime.clock.now() + 20 })));
    await runtime.clock.advance(20);
    expect(await outcome).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('does not begin work whose deadline has passed, nor work that was cancelled', async () => {
    const runtime = testRuntime();
    let begun = 0;
    const guarded = compose(async () => void begun++, [timeout({ operation: 'reading' })]);
    expect(await failure(guarded(undefined, Call.root({ runtime, deadline: runtime.clock.now() })))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    const gone = Call.root({ runtime });
    gone.cancel('gone');
    expect(await failure(guarded(undefined, gone))).toBe('gone');
    expect(begun).toBe(0);
  });

  it('makes no child call when there is nothing to keep', async () => {
    const call = Call.root({ runtime: testRuntime() });
    expect(await compose(async (_input: string, inner: Call) => inner, [timeout({ operation: 'reading' })])('x', call)).toBe(call);
  });

  it('refuses a bare number, naming the option', () => {
    // @ts-expect-error a duration has a unit
    expect(() => timeout({ operation: 'reading', timeout: 50 })).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path: 'timeout.timeout' }) }),
    );
  });
});
