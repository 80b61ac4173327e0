import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Call } from '../../call/call.ts';
import { compose } from '../../handler/compose.ts';
import { checkLaws, layerLaws, testRuntime } from '../../testing/index.ts';
import { throttleLaws } from '../../testing/throttle-laws.ts';
import { throttle } from './pacing-throttle.ts';

describe('the throttle layer', () => {
  checkLaws(it, layerLaws, () => ({ layer: throttle({ operation: 'printing', every: '10ms' }) }));
  checkLaws(it, throttleLaws, () => {
    const runtime = testRuntime();
    return {
      throttle: throttle({ operation: 'printing', every: '100ms', maxQueue: 5 }),
      runtime,
      everyMs: 100,
      toleranceMs: 0,
      pass: (ms) => runtime.clock.advance(ms),
    };
  });

  it('begins at most `burst + span / every` calls in any span, and all of them in the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 25 }),
        async (burst, arrivals) => {
          const runtime = testRuntime();
          const { clock } = runtime;
          const started: number[] = [];
          const print = compose(async () => void started.push(clock.now()), [throttle({ operation: 'printing', every: '30ms', burst })]);
          for (const at of arrivals) clock.after(at, () => void print(undefined, Call.root({ runtime })));
          await clock.advance(3_000);
          expect(started).toHaveLength(arrivals.length);
          for (const [first, from] of started.entries()) {
            for (let last = first; last < started.length; last++) {
              const span = (started[last] as number) - from;
              expect(last - first + 1).toBeLessThanOrEqual(burst + span / 30 + 1e-6);
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
