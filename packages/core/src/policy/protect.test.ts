import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { Call } from '../call/call.ts';
import { coreError } from '../errors/core-errors.ts';
import { TuttiError } from '../errors/tutti-error.ts';
import { compose } from '../handler/compose.ts';
import type { AnyLayer, Handler } from '../handler/handler.ts';
import { manualClock } from '../runtime/manual-clock.ts';
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
  /** 0 when it has passed already. */
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

/** For a quarter of an hour from here, moments are multiples of 2^-32 ms, and the time between two of them is exact. */
const startedAt = 2 ** 20;

/** Everything that can be seen of a run: what reached the work and when, and what each caller got and when. */
async function play(layers: readonly AnyLayer[], { arrivals, answers }: Plan): Promise<readonly string[]> {
  const clock = manualClock(startedAt);
  const runtime = { ...testRuntime(), clock };
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

const ms = (max: number, min = 1): fc.Arbitrary<number> => fc.integer({ min, max });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const planned: fc.Arbitrary<Plan> = fc.record({
  arrivals: fc.array(fc.record({ atMs: ms(300), deadlineMs: maybe(ms(200, 0)), cancelMs: maybe(ms(200)) }), {
    minLength: 1,
    maxLength: 12,
  }),
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
});

interface Drawn {
  readonly timeoutMs?: number | undefined;
  readonly attemptMs?: number | undefined;
  readonly retry?: { readonly maxAttempts: number; readonly initialMs: number; readonly budgeted: boolean } | undefined;
  readonly breaker?: { readonly count: number; readonly openForMs: number; readonly probes: number } | undefined;
  readonly bulkhead?: { readonly maxConcurrent: number; readonly maxQueue: number } | undefined;
}

const optioned: fc.Arbitrary<Drawn> = fc.record({
  timeoutMs: maybe(ms(300, 5)),
  attemptMs: maybe(ms(100, 5)),
  retry: maybe(fc.record({ maxAttempts: fc.integer({ min: 1, max: 4 }), initialMs: ms(60, 5), budgeted: fc.boolean() })),
  breaker: maybe(fc.record({ count: fc.integer({ min: 1, max: 4 }), openForMs: ms(150, 5), probes: fc.integer({ min: 1, max: 2 }) })),
  bulkhead: maybe(fc.record({ maxConcurrent: fc.integer({ min: 1, max: 3 }), maxQueue: fc.integer({ min: 0, max: 3 }) })),
});

/**
 * Fractions of their own keep any two things from happening at once, where their order would mean nothing. Powers of e keep sums apart
 * too, as the end of a time limit and of a doubled pause: they are linearly independent (Lindemann and Weierstrass).
 */
function apart([drawn, { arrivals, answers }]: [Drawn, Plan]): [Drawn, Plan] {
  let used = 0;
  const own = (): number => Math.exp(-++used / 16);
  const at = <T extends number | undefined>(time: T, fraction = own()): T => (time === undefined ? time : ((time + fraction) as T));
  const limit = own(); // of both limits: when they are equal, which of them ends a call is not a matter of order
  const { timeoutMs, attemptMs, breaker: circuit } = drawn;
  return [
    {
      ...drawn,
      timeoutMs: at(timeoutMs, limit),
      attemptMs: at(attemptMs, limit),
      breaker: circuit && { ...circuit, openForMs: at(circuit.openForMs) },
    },
    {
      arrivals: arrivals.map(({ atMs, deadlineMs, cancelMs }) => ({
        atMs: at(atMs),
        deadlineMs: deadlineMs && at(deadlineMs),
        cancelMs: at(cancelMs),
      })),
      answers: answers.map((answer) => ({ ...answer, afterMs: at(answer.afterMs) })),
    },
  ];
}

/** Made anew for each run, because breakers and budgets remember. */
function optionsOf({ timeoutMs, attemptMs, retry: again, breaker: circuit, bulkhead: places }: Drawn): ProtectOptions {
  return {
    operation,
    ...(timeoutMs && { timeout: `${timeoutMs}ms` }),
    ...(attemptMs && { attemptTimeout: `${attemptMs}ms` }),
    ...(again && {
      retry: {
        maxAttempts: again.maxAttempts,
        backoff: exponential({ initial: `${again.initialMs}ms`, jitter: 0.37 }),
        ...(again.budgeted && { budget: retryBudget({ share: 0.2, minPerSecond: 0.2 }) }),
      },
    }),
    ...(circuit && {
      breaker: { tripAfter: consecutiveFailures(circuit.count), openFor: `${circuit.openForMs}ms`, probes: circuit.probes },
    }),
    ...(places && { bulkhead: places }),
  };
}

const playFused = (drawn: Drawn, plan: Plan): Promise<readonly string[]> => play([protect(optionsOf(drawn))], plan);
const playComposed = (drawn: Drawn, plan: Plan): Promise<readonly string[]> => play(layersOf(optionsOf(drawn)), plan);

describe('the fused form', () => {
  checkLaws(it, layerLaws, () => ({
    layer: protect({ operation, timeout: '1s', retry: { maxAttempts: 1 }, breaker: {}, bulkhead: { maxConcurrent: 1 } }),
  }));

  it('does what the composed layers do, whatever the options, arrivals, answers, deadlines and cancellations', async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(optioned, planned).map(apart), async ([drawn, plan]) => {
        expect(await playFused(drawn, plan)).toEqual(await playComposed(drawn, plan));
      }),
      { numRuns: 1_500 },
    );
  });

  describe('when the call that probes has 74 ms, and another that was refused comes again when the probe is given up', () => {
    /** The first lets the composed layers arm the wheel anew on the way: the limit of the probe then stands behind the timer of the other. */
    const plan: Plan = {
      arrivals: [74, 77, 1, 77.5].map((atMs) => ({ atMs, deadlineMs: atMs === 1 ? 1 : undefined, cancelMs: undefined })),
      answers: [{ afterMs: 100, kind: 'ok', listens: false }],
    };
    /** What each form lets be seen of the other, the last to arrive. */
    const otherWith = async (openForMs: number): Promise<readonly (readonly string[])[]> => {
      const drawn: Drawn = {
        timeoutMs: 74,
        retry: { maxAttempts: 2, initialMs: 5, budgeted: false },
        breaker: { count: 1, openForMs, probes: 1 },
      };
      const runs = [await playFused(drawn, plan), await playComposed(drawn, plan)];
      return runs.map((seen) => seen.filter((line) => / (asked )?3 /.test(line)));
    };

    it('asks with the other when the probe is given up before its time is up', async () => {
      const asked = ['150.900 asked 3 attempt 2 remaining 0.600', '151.500 3 failed TIMEOUT'];
      expect(await otherWith(73.9)).toEqual([asked, asked]);
    });

    it('refuses the other when the time of the probe is up before', async () => {
      const refused = ['151.100 3 failed BREAKER_OPEN'];
      expect(await otherWith(74.1)).toEqual([refused, refused]);
    });

    it('may do either when both is at once, whatever the other form does', async () => {
      const asked = ['151.000 asked 3 attempt 2 remaining 0.500', '151.500 3 failed TIMEOUT'];
      const refused = ['151.000 3 failed BREAKER_OPEN'];
      for (const seen of await otherWith(74)) expect([asked, refused]).toContainEqual(seen);
    });
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
