import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { Call } from '../call/call.ts';
import { coreError } from '../errors/core-errors.ts';
import { TuttiError } from '../errors/tutti-error.ts';
import { compose } from '../handler/compose.ts';
import type { AnyLayer, Handler } from '../handler/handler.ts';
import { sleep } from '../runtime/sleep.ts';
import { checkLaws, layerLaws, testRuntime } from '../testing/index.ts';
import { exponential } from './backoff.ts';
import { breaker } from './breaker/circuit-breaker.ts';
import { consecutiveFailures } from './breaker/trip.ts';
import { bulkhead } from './bulkhead/bulkhead.ts';
import { type ProtectOptions, protect } from './protect.ts';
import { retry } from './retry.ts';
import { retryBudget } from './retry-budget.ts';
import { timeout } from './timeout.ts';

const operation = 'asking';

/** What protect says it is. */
function layersOf({ timeout: whole, retry: again, breaker: circuit, bulkhead: places, attemptTimeout }: ProtectOptions): AnyLayer[] {
  const layers: AnyLayer[] = [];
  if (whole) layers.push(timeout({ operation, timeout: whole }));
  if (again) layers.push(retry(again));
  if (circuit) layers.push(breaker({ operation, ...circuit }));
  if (places) layers.push(bulkhead({ operation, ...places }));
  if (whole || attemptTimeout) layers.push(timeout({ operation, ...(attemptTimeout && { timeout: attemptTimeout }) }));
  return layers;
}

interface Answer {
  readonly afterMs: number;
  readonly kind: 'ok' | 'transient' | 'permanent' | 'unreachable' | 'thrown';
  /** Whether the work ends when it is cancelled. */
  readonly listens: boolean;
}

interface Arrival {
  readonly atMs: number;
  readonly deadlineMs: number | undefined;
  readonly cancelMs: number | undefined;
}

interface Plan {
  readonly arrivals: readonly Arrival[];
  readonly answers: readonly Answer[];
}

const failures = {
  transient: new Error('transient'),
  permanent: coreError('INVALID_DATA', { path: 'x', problem: 'is wrong' }),
  unreachable: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
  thrown: new Error('thrown'),
};

/** Everything that can be seen of a run: what reached the work and when, and what each caller got and when. */
async function play(layers: readonly AnyLayer[], { arrivals, answers }: Plan): Promise<readonly string[]> {
  const runtime = testRuntime();
  const { clock } = runtime;
  const startedAt = clock.now();
  const seen: string[] = [];
  const say = (words: string): void => void seen.push(`${(clock.now() - startedAt).toFixed(3)} ${words}`);
  let asked = 0;
  const work: Handler<number, string> = (input, call) => {
    const { afterMs, kind, listens } = answers[asked++ % answers.length] as Answer;
    say(`asked ${input} attempt ${call.attempt} remaining ${call.remainingMs.toFixed(3)}`);
    if (kind === 'thrown') throw failures.thrown;
    return sleep(clock, afterMs, listens ? { signal: call.signal } : {}).then(() => {
      if (kind !== 'ok') throw failures[kind];
      return `answer ${input}`;
    });
  };
  const composed = compose<number, string>(work, layers);
  // nothing around the work: what it throws is thrown
  const guarded: typeof composed = async (input, call) => composed(input, call);
  for (const [index, { atMs, deadlineMs, cancelMs }] of arrivals.entries()) {
    clock.after(atMs, () => {
      const call = Call.root({ runtime, ...(deadlineMs !== undefined && { deadline: clock.now() + deadlineMs }) });
      if (cancelMs !== undefined) clock.after(cancelMs, () => call.cancel('gone'));
      guarded(index, call).then(
        (result) => say(`${index} got ${result}`),
        (error: unknown) => say(`${index} failed ${TuttiError.is(error) ? error.code : String(error)}`),
      );
    });
  }
  await clock.advance(60_000);
  return seen.sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b) || (a < b ? -1 : 1));
}

const ms = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
const whole = (max: number): fc.Arbitrary<`${number}ms`> => fc.integer({ min: 5, max }).map((value) => `${value}ms` as const);
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const planned: fc.Arbitrary<Plan> = fc
  .record({
    arrivals: fc.array(fc.record({ atMs: ms(300), deadlineMs: maybe(ms(200)), cancelMs: maybe(ms(200)) }), { minLength: 1, maxLength: 12 }),
    answers: fc.array(
      fc.record({
        afterMs: ms(150),
        kind: fc.constantFrom(
          'ok' as const,
          'ok' as const,
          'transient' as const,
          'permanent' as const,
          'unreachable' as const,
          'thrown' as const,
        ),
        listens: fc.boolean(),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ arrivals, answers }) => {
    // fractions of their own keep any two things from happening at once, where their order would mean nothing
    let used = 0;
    const apart = <T extends number | undefined>(time: T): T => (time === undefined ? time : ((time + ++used * 0.00731) as T));
    return {
      arrivals: arrivals.map(({ atMs, deadlineMs, cancelMs }) => ({
        atMs: apart(atMs),
        deadlineMs: apart(deadlineMs),
        cancelMs: apart(cancelMs),
      })),
      answers: answers.map((answer) => ({ ...answer, afterMs: apart(answer.afterMs) })),
    };
  });

const optioned = fc.record({
  timeout: maybe(whole(300)),
  attemptTimeout: maybe(whole(100)),
  retry: maybe(fc.record({ maxAttempts: fc.integer({ min: 1, max: 4 }), initial: whole(60), budgeted: fc.boolean() })),
  breaker: maybe(fc.record({ count: fc.integer({ min: 1, max: 4 }), openFor: whole(150), probes: fc.integer({ min: 1, max: 2 }) })),
  bulkhead: maybe(fc.record({ maxConcurrent: fc.integer({ min: 1, max: 3 }), maxQueue: fc.integer({ min: 0, max: 3 }) })),
});

/** Made anew for each run, because breakers and budgets remember. */
function optionsOf(drawn: typeof optioned extends fc.Arbitrary<infer T> ? T : never): ProtectOptions {
  const { retry: again, breaker: circuit } = drawn;
  return {
    operation,
    ...(drawn.timeout && { timeout: drawn.timeout }),
    ...(drawn.attemptTimeout && { attemptTimeout: drawn.attemptTimeout }),
    ...(again && {
      retry: {
        maxAttempts: again.maxAttempts,
        backoff: exponential({ initial: again.initial, jitter: 0.37 }),
        ...(again.budgeted && { budget: retryBudget({ share: 0.2, minPerSecond: 0.2 }) }),
      },
    }),
    ...(circuit && { breaker: { tripAfter: consecutiveFailures(circuit.count), openFor: circuit.openFor, probes: circuit.probes } }),
    ...(drawn.bulkhead && { bulkhead: drawn.bulkhead }),
  };
}

describe('the fused form', () => {
  checkLaws(it, layerLaws, () => ({
    layer: protect({ operation, timeout: '1s', retry: { maxAttempts: 1 }, breaker: {}, bulkhead: { maxConcurrent: 1 } }),
  }));

  it('does what the composed layers do, whatever the options, arrivals, answers, deadlines and cancellations', async () => {
    await fc.assert(
      fc.asyncProperty(optioned, planned, async (drawn, plan) => {
        const fused = await play([protect(optionsOf(drawn))], plan);
        const composed = await play(layersOf(optionsOf(drawn)), plan);
        expect(fused).toEqual(composed);
      }),
      { numRuns: 1_500 },
    );
  });

  it('would differ if an attempt were not counted by the breaker (control)', async () => {
    const plan: Plan = {
      arrivals: [0, 10, 20].map((atMs) => ({ atMs, deadlineMs: undefined, cancelMs: undefined })),
      answers: [{ afterMs: 1, kind: 'transient', listens: false }],
    };
    const fused = await play([protect({ operation, breaker: { tripAfter: consecutiveFailures(2) } })], plan);
    expect(fused).not.toEqual(await play(layersOf({ operation, breaker: { tripAfter: consecutiveFailures(3) } }), plan));
  });

  it('passes on what a hook throws, and holds no place afterwards', async () => {
    const guard = protect({
      operation,
      retry: {
        onRetry: () => {
          throw new Error('the hook');
        },
      },
      bulkhead: { maxConcurrent: 1 },
    });
    const guarded = compose(() => Promise.reject(new Error('down')), [guard]);
    await expect(guarded(undefined, Call.root({ runtime: testRuntime() }))).rejects.toThrow('the hook');
    expect(guard.bulkhead?.active).toBe(0);
  });

  it('makes one derived call for each attempt and no AbortController', async () => {
    const call = Call.root({ runtime: testRuntime() });
    const seen: Call[] = [];
    await compose(async (_input: string, inner: Call) => void seen.push(inner), [protect({ operation, timeout: '1s', breaker: {} })])(
      'x',
      call,
    );
    expect(seen[0]).not.toBe(call);
    await compose(async (_input: string, inner: Call) => void seen.push(inner), [protect({ operation, breaker: {} })])('x', call);
    expect(seen[1]).toBe(call);
  });

  it('names the path of a bad option, in what it consists of too', () => {
    expect(() => protect({ operation, bulkhead: { maxConcurrent: 0 } })).toThrowError(
      /^protect\.bulkhead\.maxConcurrent must be a whole number ≥ 1/,
    );
    expect(() => protect({ operation, retry: { maxAttempts: 1.5 } })).toThrowError(/^protect\.retry\.maxAttempts /);
    // @ts-expect-error a duration has a unit
    expect(() => protect({ operation, timeout: 100 })).toThrowError(/^protect\.timeout must be a duration/);
  });

  it('keeps the types of the handler', () => {
    const length = compose(async (text: string) => text.length, [protect({ operation })]);
    expectTypeOf(length).toEqualTypeOf<Handler<string, number>>();
  });
});
