import { describe, expect, it } from 'vitest';
import { Call } from '../call/call.ts';
import { coreError } from '../errors/core-errors.ts';
import { compose } from '../handler/compose.ts';
import type { Handler } from '../handler/handler.ts';
import { testRuntime } from '../testing/index.ts';
import { exponential } from './backoff.ts';
import { type RetryOptions, retry } from './retry.ts';
import { retryBudget } from './retry-budget.ts';

const backoff = exponential({ initial: '20ms', jitter: 0 });

/** Calls at 1,000 a second against a target that always fails. */
async function hammer(layerOptions: RetryOptions, seconds: number): Promise<number[]> {
  const runtime = testRuntime();
  const { clock } = runtime;
  const startedAt = clock.now();
  const perSecond: number[] = Array.from({ length: seconds + 1 }, () => 0);
  const ask = compose(async (): Promise<void> => {
    const second = Math.floor((clock.now() - startedAt) / 1_000);
    perSecond[second] = (perSecond[second] ?? 0) + 1;
    throw new Error('down');
  }, [retry({ backoff, ...layerOptions })]);
  for (let each = 0; each < seconds * 1_000; each++) {
    clock.after(each, () => void ask(undefined, Call.root({ runtime })).catch(() => undefined));
  }
  await clock.advance((seconds + 1) * 1_000);
  return perSecond;
}

/** A chain of services, each with the same retry layer around its call of the next; the last one always fails. */
function chain(depth: number, make: () => RetryOptions): { ask: Handler<undefined, void>; asked: () => number } {
  let asked = 0;
  let service: Handler<undefined, void> = async () => {
    asked++;
    throw coreError('STORE_UNAVAILABLE', { store: 'the last', problem: 'it is down' });
  };
  for (let each = 0; each < depth; each++) service = compose(service, [retry({ backoff, ...make() })]);
  return { ask: service, asked: () => asked };
}

async function amplification(make: () => RetryOptions): Promise<number> {
  const runtime = testRuntime();
  const { ask, asked } = chain(4, make);
  const requests = 5_000;
  for (let each = 0; each < requests; each++) {
    runtime.clock.after(each * 2, () => void ask(undefined, Call.root({ runtime })).catch(() => undefined));
  }
  await runtime.clock.advance(60_000);
  return asked() / requests;
}

describe('the retry budget', () => {
  it('keeps a target that fails at 1,000 requests a second at 1,210, over ten seconds', async () => {
    const perSecond = await hammer({ budget: retryBudget() }, 10);
    expect(perSecond.slice(0, 10).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(12_100);
    expect((await hammer({}, 2)).reduce((sum, count) => sum + count, 0)).toBe(6_000); // without one: three times as much (control)
  });

  it('bounds what a chain of four services adds to 25 %, because only the one nearest to the fault retries', async () => {
    expect(await amplification(() => ({ budget: retryBudget({ minPerSecond: 0 }) }))).toBeLessThanOrEqual(1.25);
    // one retrying layer only, whatever the others are told to: 3 attempts and not 81
    expect(await amplification(() => ({}))).toBe(3);
  });

  it('would multiply through the chain if the news were lost on the way (control)', async () => {
    const runtime = testRuntime();
    let asked = 0;
    let service: Handler<undefined, void> = async () => {
      asked++;
      throw new Error('down');
    };
    for (let each = 0; each < 4; each++) {
      const guarded = compose(service, [retry({ backoff })]);
      service = async (input, call) => guarded(input, Call.root({ runtime: call.runtime })); // a hop that forgets to say
    }
    void service(undefined, Call.root({ runtime })).catch(() => undefined);
    await runtime.clock.advance(60_000);
    expect(asked).toBe(81);
  });

  it('lets a quiet client retry from its reserve, and no further', () => {
    const { clock } = testRuntime();
    const budget = retryBudget({ share: 0, minPerSecond: 1, window: '10s' });
    expect(Array.from({ length: 12 }, () => budget.withdraw(clock.now())).filter(Boolean)).toHaveLength(10);
  });

  it('forgets calls and retries that are older than its window', async () => {
    const { clock } = testRuntime();
    const budget = retryBudget({ share: 0.5, minPerSecond: 0, window: '10s' });
    for (let each = 0; each < 10; each++) budget.deposit(clock.now());
    expect(Array.from({ length: 8 }, () => budget.withdraw(clock.now())).filter(Boolean)).toHaveLength(5);
    await clock.advance(11_000);
    expect(budget.withdraw(clock.now())).toBe(false);
    for (let each = 0; each < 4; each++) budget.deposit(clock.now());
    expect(Array.from({ length: 8 }, () => budget.withdraw(clock.now())).filter(Boolean)).toHaveLength(2);
  });
});
