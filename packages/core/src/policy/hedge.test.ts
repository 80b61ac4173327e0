import { describe, expect, it } from 'vitest';
import { Call } from '../call/call.ts';
import { compose } from '../handler/compose.ts';
import { seededRandom } from '../runtime/random.ts';
import { sleep } from '../runtime/sleep.ts';
import { checkLaws, layerLaws, testRuntime } from '../testing/index.ts';
import { type HedgeOptions, hedge } from './hedge.ts';
import { retryBudget } from './retry-budget.ts';

const generous = retryBudget({ share: 1, minPerSecond: 100 });
const options: HedgeOptions = { operation: 'reading', after: '50ms', budget: generous };

describe('the hedge layer', () => {
  checkLaws(it, layerLaws, () => ({ layer: hedge(options) }));

  it('asks again beside a slow attempt, elsewhere, takes the first answer and cancels the other', async () => {
    const runtime = testRuntime();
    const { clock } = runtime;
    const calls: Call[] = [];
    const read = compose(
      async (_input: string, call: Call) => {
        calls.push(call);
        call.reached(`replica ${call.attempt}`);
        await sleep(clock, call.attempt === 1 ? 1_000 : 10, { signal: call.signal });
        return call.attempt;
      },
      [hedge(options)],
    );
    const answer = read('x', Call.root({ runtime }));
    await clock.advance(60);
    expect(await answer).toBe(2);
    expect(calls.map(({ avoid }) => avoid)).toEqual([[], ['replica 1']]);
    expect(calls[0]?.cancelled).toBe(true);
    expect(calls[1]?.cancelled).toBe(false);
  });

  it('does not hedge what may not be done twice', async () => {
    const runtime = testRuntime();
    let asked = 0;
    const layer = hedge({ ...options, repeatable: (call) => call.idempotencyKey !== undefined });
    const write = compose(async () => {
      asked++;
      await sleep(runtime.clock, 500);
    }, [layer]);
    void write(undefined, Call.root({ runtime }));
    await runtime.clock.advance(500);
    expect(asked).toBe(1);
    void write(undefined, Call.root({ runtime, idempotencyKey: 'k' }));
    await runtime.clock.advance(500);
    expect(asked).toBe(3);
  });

  it('fails when all attempts failed, and does not begin another after a failure', async () => {
    const runtime = testRuntime();
    let asked = 0;
    const read = compose(async () => {
      const mine = ++asked;
      await sleep(runtime.clock, mine === 1 ? 80 : 60);
      throw new Error(`failure ${mine}`);
    }, [hedge({ ...options, maxExtra: 5 })]);
    const outcome = read(undefined, Call.root({ runtime })).catch((error: Error) => error.message);
    await runtime.clock.advance(1_000);
    expect(await outcome).toMatch(/^failure/);
    const quick = compose(async () => Promise.reject(new Error('at once')), [hedge(options)]);
    await expect(quick(undefined, Call.root({ runtime }))).rejects.toThrow('at once');
  });

  it('cuts the tail of 2 % slow answers at 5 % more calls at most', async () => {
    const run = async (layers: Parameters<typeof compose<undefined, void>>[1]): Promise<{ p99: number; asked: number }> => {
      const runtime = testRuntime();
      const random = seededRandom(7);
      let asked = 0;
      const took: number[] = [];
      const read = compose<undefined, void>(async (_input, call) => {
        asked++;
        await sleep(runtime.clock, random() < 0.02 ? 800 : 5 + random() * 10, { signal: call.signal });
      }, layers);
      for (let each = 0; each < 2_000; each++) {
        runtime.clock.after(each * 10, () => {
          const startedAt = runtime.clock.now();
          void read(undefined, Call.root({ runtime })).then(() => took.push(runtime.clock.now() - startedAt));
        });
      }
      await runtime.clock.advance(25_000);
      took.sort((a, b) => a - b);
      return { p99: took[Math.floor(took.length * 0.99)] as number, asked };
    };
    const plain = await run([]);
    const hedged = await run([hedge({ operation: 'reading', after: '30ms' })]);
    expect(plain.p99).toBe(800);
    expect(hedged.p99).toBeLessThan(plain.p99 / 2);
    expect(hedged.asked).toBeLessThanOrEqual(2_000 * 1.05);
  });

  it('takes an attempt that throws instead of rejecting for one that failed', async () => {
    const runtime = testRuntime();
    const read = compose(
      (_input: string, call: Call): Promise<string> => {
        if (call.attempt > 1) throw new Error('thrown');
        return sleep(runtime.clock, 80).then(() => 'first');
      },
      [hedge(options)],
    );
    const answer = read('x', Call.root({ runtime }));
    await runtime.clock.advance(100);
    expect(await answer).toBe('first');
  });
});
