import { describe, expect, it } from 'vitest';
import { Call } from '../../call/call.ts';
import { compose } from '../../handler/compose.ts';
import { breakerLaws } from '../../testing/breaker-laws.ts';
import { checkLaws, layerLaws, testRuntime } from '../../testing/index.ts';
import { breaker } from './circuit-breaker.ts';
import { failureRate } from './trip.ts';

describe('the breaker layer', () => {
  checkLaws(it, layerLaws, () => ({ layer: breaker({ operation: 'asking' }) }));
  checkLaws(
    it,
    breakerLaws,
    () => {
      const runtime = testRuntime();
      const openForMs = 1_000;
      return { breaker: breaker({ operation: 'asking', openFor: '1s' }), runtime, openForMs, pass: (ms) => runtime.clock.advance(ms) };
    },
    { ignoresProbes: true },
  );

  it('opens by share of failures within its window, and forgets what is older', async () => {
    const runtime = testRuntime();
    const guard = breaker({ operation: 'asking', tripAfter: failureRate({ share: 0.5, window: '10s', minCalls: 4 }) });
    let up = true;
    const ask = compose(async () => {
      if (!up) throw new Error('down');
    }, [guard]);
    const times = async (count: number): Promise<void> => {
      for (let time = 0; time < count; time++) await ask(undefined, Call.root({ runtime })).catch(() => undefined);
    };
    up = false;
    await times(3);
    expect(guard.state).toBe('closed'); // too few to say
    await runtime.clock.advance(11_000);
    up = true;
    await times(4);
    up = false;
    await times(3);
    expect(guard.state).toBe('closed'); // 3 of 7; the first three are forgotten
    await times(1);
    expect(guard.state).toBe('open');
  });

  it('says how long it will refuse', async () => {
    const runtime = testRuntime();
    const guard = breaker({ operation: 'asking', openFor: '8s' });
    guard.force('open');
    guard.force('auto');
    const ask = compose(() => Promise.reject(new Error('down')), [guard]);
    for (let time = 0; time < 5; time++) await ask(undefined, Call.root({ runtime })).catch(() => undefined);
    await runtime.clock.advance(3_000);
    await expect(ask(undefined, Call.root({ runtime }))).rejects.toMatchObject({
      code: 'BREAKER_OPEN',
      details: { operation: 'asking', retryAfterMs: 5_000 },
      failure: 'unsent',
    });
  });

  it('names a bad option', () => {
    expect(() => breaker({ operation: 'x', probes: 0 })).toThrowError('breaker.probes must be a whole number ≥ 1, got 0');
    expect(() => failureRate({ share: 0 })).toThrowError(/failureRate\.share must be a number from 0\.001 to 1/);
  });
});
