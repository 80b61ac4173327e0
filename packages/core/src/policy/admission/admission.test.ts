import { describe, expect, it } from 'vitest';
import { Call, type RootFields } from '../../call/call.ts';
import { coreError } from '../../errors/core-errors.ts';
import { isNotBegun } from '../../errors/failure.ts';
import { compose } from '../../handler/compose.ts';
import { deadlineWheel } from '../../runtime/deadline-wheel.ts';
import { manualClock } from '../../runtime/manual-clock.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { sleep } from '../../runtime/sleep.ts';
import type { MetricLabels } from '../../runtime/telemetry.ts';
import { checkLaws, layerLaws, type TestRuntime, testRuntime } from '../../testing/index.ts';
import { type Admission, type AdmissionOptions, admission } from './admission.ts';
import type { AdmissionClass } from './admission-class.ts';
import { gradientLimit } from './gradient-limit.ts';
import type { LimitPolicy } from './limit-policy.ts';

interface Work {
  readonly begun: string[];
  /** What became of it: the answer, or the error. The principal of the call is its class. */
  ask(name: string, fields?: RootFields): Promise<unknown>;
  finish(name: string, failure?: unknown): Promise<void>;
  readonly runtime: TestRuntime;
  readonly door: Admission;
}

function work(options: Omit<AdmissionOptions, 'operation'>, runtime: TestRuntime = testRuntime()): Work {
  const door = admission({ operation: 'reading', classOf: (call) => (call.principal ?? 'default') as AdmissionClass, ...options });
  const begun: string[] = [];
  const finishers = new Map<string, (failure: unknown) => void>();
  const guarded = compose(
    (name: string) =>
      new Promise<string>((resolve, reject) => {
        begun.push(name);
        finishers.set(name, (failure) => (failure === undefined ? resolve(`${name} read`) : reject(failure)));
      }),
    [door],
  );
  return {
    runtime,
    door,
    begun,
    ask: (name, fields) => guarded(name, Call.root({ runtime, ...fields })).catch((error: unknown) => error),
    async finish(name, failure) {
      finishers.get(name)?.(failure);
      await runtime.clock.advance(0);
    },
  };
}

describe('the admission layer', () => {
  checkLaws(it, layerLaws, () => ({ layer: admission({ operation: 'reading', limit: 1 }) }));
});

describe('the admission layer with a limit that learns', () => {
  checkLaws(it, layerLaws, () => ({ layer: admission({ operation: 'reading', limit: gradientLimit() }) }));
});

describe('an admission', () => {
  it('lets ten in, five wait and refuses the sixteenth at once, saying when to come again', async () => {
    const { ask, begun, door } = work({ limit: 10, queue: 5 });
    for (let each = 0; each < 15; each++) void ask(String(each));
    const refused = await ask('16th');
    expect(refused).toMatchObject({
      code: 'OVERLOADED',
      details: { operation: 'reading', limit: 10, reason: 'full', retryAfterMs: 1 },
      failure: 'unsent',
    });
    expect(isNotBegun(refused)).toBe(true);
    expect([begun.length, door.limit, door.active, door.queued]).toEqual([10, 10, 10, 5]);
  });

  it('measures how long a line takes, and tells whom it refuses', async () => {
    const { ask, finish, runtime } = work({ limit: 1, queue: 3 });
    for (const name of ['a', 'b', 'c', 'd']) void ask(name);
    for (const name of ['a', 'b']) {
      await runtime.clock.advance(200);
      await finish(name);
    }
    void ask('e');
    void ask('f');
    expect(await ask('g')).toMatchObject({ details: { reason: 'full', retryAfterMs: 800 } });
  });

  it('serves what is critical before what is usual, and that before what can be shed', async () => {
    const { ask, finish, begun } = work({ limit: 1 });
    void ask('first');
    for (const name of ['sheddable', 'default', 'critical', 'default']) void ask(name, { principal: name });
    for (const name of ['first', 'critical', 'default', 'default']) await finish(name);
    expect(begun).toEqual(['first', 'critical', 'default', 'default', 'sheddable']);
  });

  it('bounds the line of each class by itself', async () => {
    const { ask, door } = work({ limit: 1, queue: { sheddable: 0, default: 1 } });
    void ask('first');
    const shed = ask('shed', { principal: 'sheddable' });
    void ask('waits');
    const full = ask('full');
    for (let each = 0; each < 100; each++) void ask('critical', { principal: 'critical' });
    expect([await shed, await full, await ask('101st', { principal: 'critical' })]).toMatchObject([
      { code: 'OVERLOADED' },
      { code: 'OVERLOADED' },
      { code: 'OVERLOADED' },
    ]);
    expect(door.counts().refused).toEqual({ critical: 1, default: 1, sheddable: 1 });
    expect(door.queued).toBe(101);
  });

  it('serves tenants in turn, and those without one as one', async () => {
    const { ask, finish, begun } = work({ limit: 1 });
    void ask('first');
    for (let each = 0; each < 30; each++) void ask(`elephant ${each}`, { tenant: 'elephant' });
    for (let each = 0; each < 30; each++) void ask(`nobody ${each}`);
    void ask('mouse', { tenant: 'mouse' });
    for (let each = 0; each < 61 && begun.at(-1) !== 'mouse'; each++) await finish(begun.at(-1) as string);
    expect(begun.at(-1)).toBe('mouse');
    // eight queues of each of the others at most are served before
    expect(begun.length).toBeLessThanOrEqual(1 + 8 + 8 + 1);
  });

  it('gives a place in a full line to who has little in it, at the cost of the youngest of who has most', async () => {
    const { ask, door } = work({ limit: 1, queue: 32 });
    void ask('first');
    const elephants = Array.from({ length: 32 }, (_, index) => ask(`elephant ${index}`, { tenant: 'elephant' }));
    void ask('mouse', { tenant: 'mouse' });
    const refused = await Promise.race(elephants);
    expect(refused).toMatchObject({ code: 'OVERLOADED', details: { reason: 'displaced' } });
    expect(door.queued).toBe(32);
    expect(await ask('one more', { tenant: 'elephant' })).toMatchObject({ details: { reason: 'full' } });
  });

  it('refuses at once who cannot be served before the deadline, as far as it can tell', async () => {
    const { ask, finish, runtime } = work({ limit: 1 });
    const { clock } = runtime;
    for (const name of ['a', 'b', 'c', 'd']) void ask(name);
    for (const name of ['a', 'b']) {
      await clock.advance(100);
      await finish(name);
    }
    expect(await ask('in vain', { deadline: clock.now() + 150 })).toMatchObject({
      code: 'OVERLOADED',
      details: { reason: 'deadline' },
      failure: 'unsent',
      retryable: true,
    });
    const patient = ask('patient', { deadline: clock.now() + 500 });
    for (const name of ['c', 'd', 'patient']) await finish(name);
    expect(await patient).toBe('patient read');
  });

  it('does not begin in vain what has waited for too long', async () => {
    const { ask, finish, begun, runtime } = work({ limit: 1 });
    const { clock } = runtime;
    void ask('a');
    const waiting = ask('waiting', { deadline: clock.now() + 250 });
    const next = ask('next');
    await clock.advance(200);
    await finish('a');
    expect(await waiting).toMatchObject({ code: 'OVERLOADED', details: { reason: 'deadline' } });
    expect(begun).toEqual(['a', 'next']);
    await finish('next');
    expect(await next).toBe('next read');
  });

  it('lets nobody wait beyond their deadline or after a cancellation, and leaves nothing behind', async () => {
    const { ask, finish, begun, door, runtime } = work({ limit: 1 });
    const aborts = new AbortController();
    void ask('first');
    const late = ask('late', { deadline: runtime.clock.now() + 50 });
    const gone = ask('gone', { signal: aborts.signal });
    const patient = ask('patient');
    await runtime.clock.advance(50);
    expect(await late).toMatchObject({ code: 'DEADLINE_EXCEEDED', failure: 'unsent' });
    aborts.abort('lost interest');
    expect(await gone).toBe('lost interest');
    expect(door.queued).toBe(1);
    await finish('first');
    expect(begun).toEqual(['first', 'patient']);
    await finish('patient');
    expect(await patient).toBe('patient read');
    expect(door.counts()).toMatchObject({ entered: 2, abandoned: { default: 2 }, refused: { default: 0 } });
    expect([door.active, door.queued, deadlineWheel(runtime.clock).size]).toEqual([0, 0, 0]);
  });

  it('looks for stalls only while somebody is inside', async () => {
    const { ask, finish, runtime } = work({ limit: gradientLimit() });
    void ask('first');
    await runtime.clock.advance(1_000);
    expect(runtime.clock.nextDelayMs()).toBeLessThanOrEqual(25);
    await finish('first', new Error('refused'));
    await runtime.clock.advance(25);
    expect(runtime.clock.nextDelayMs()).toBeUndefined();
  });

  it('refuses who is over already, and gives on the place of who leaves between being called and entering', async () => {
    const { ask, begun, door, runtime, finish } = work({ limit: 1 });
    void ask('first');
    expect(await ask('late', { deadline: runtime.clock.now() })).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(await ask('gone', { signal: AbortSignal.abort('gone before') })).toBe('gone before');
    const aborts = new AbortController();
    const called = ask('called', { signal: aborts.signal });
    void ask('next');
    door.gate.leave(0, Call.root({ runtime }), 'ignored'); // the place of `first`
    aborts.abort('gone meanwhile');
    expect(await called).toBe('gone meanwhile');
    await runtime.clock.advance(0);
    expect(begun).toEqual(['first', 'next']);
    await finish('next');
    expect([door.active, door.queued]).toEqual([0, 0]);
  });

  it('refuses a class that it does not know instead of forgetting the call', async () => {
    const { ask } = work({ limit: 1 });
    void ask('first');
    expect(await ask('second', { principal: 'urgent' })).toMatchObject({ code: 'INVALID_ARGUMENT', details: { path: 'reading.class' } });
  });

  it('feeds a limit with the time inside alone, and with what each outcome says', async () => {
    const samples: unknown[] = [];
    const limit: LimitPolicy = {
      learns: true,
      limit: () => ({ places: () => 1, sample: (_now, latencyMs, inside, outcome) => samples.push([latencyMs, inside, outcome]) }),
    };
    const { ask, finish, runtime } = work({ limit });
    const failures = [
      undefined,
      coreError('TIMEOUT', { operation: 'x', timeoutMs: 1 }),
      coreError('OVERLOADED', { operation: 'x', limit: 1 }),
    ];
    for (const name of ['0', '1', '2']) void ask(name);
    for (const [index, failure] of failures.entries()) {
      await runtime.clock.advance(10 * (index + 1));
      await finish(String(index), failure);
    }
    expect(samples).toEqual([
      [10, 1, 'success'],
      [20, 1, 'overload'],
    ]);
  });

  it('teaches a limit nothing that was measured across a stall of the event loop', async () => {
    const timers = manualClock();
    let stalledMs = 0;
    const runtime: Runtime = { ...testRuntime(), clock: { ...timers, now: () => timers.now() + stalledMs } };
    const { clock } = runtime;
    const policy = gradientLimit({ min: 4, max: 40, initial: 20 });
    const toldOfAll = policy.limit();
    const door = admission({ operation: 'reading', limit: policy });
    const read = compose(async () => {
      const begun = clock.now();
      await sleep(clock, 20);
      toldOfAll.sample(clock.now(), clock.now() - begun, door.active, 'success');
    }, [door]);
    for (let round = 0; round < 300; round++) {
      for (let each = 0; each < 20; each++) void read(undefined, Call.root({ runtime }));
      await timers.advance(10);
      if (round >= 100 && round % 2 === 0) stalledMs += 100;
      await timers.advance(50);
    }
    expect(door.limit).toBeGreaterThanOrEqual(20);
    expect(toldOfAll.places(clock.now())).toBeLessThan(12); // without the watch (control)
  });

  it('counts refusals, waits and changes of the limit in metrics', async () => {
    const told: [string, number, MetricLabels | undefined][] = [];
    const tell = (name: string, value: number, labels?: MetricLabels): void => void told.push([name, value, labels]);
    const runtime: TestRuntime = {
      ...testRuntime(),
      telemetry: { tracer: undefined, metrics: { count: tell, gauge: tell, observe: tell } },
    };
    let places = 1;
    const limit: LimitPolicy = { learns: true, limit: () => ({ places: () => places, sample: () => void places++ }) };
    const { ask, finish } = work({ limit, queue: 1 }, runtime);
    void ask('first');
    void ask('waits', { tenant: 'acme' });
    await runtime.clock.advance(20);
    void ask('full', { tenant: 'acme' });
    await finish('first');
    expect(told).toEqual([
      ['tutti_admission_refused_total', 1, { operation: 'reading', class: 'default', reason: 'full' }],
      ['tutti_admission_limit', 2, { operation: 'reading' }],
      ['tutti_admission_wait_seconds', 0.02, { operation: 'reading', class: 'default' }],
    ]);
  });

  it.each([
    [{ limit: 0 }, 'admission.limit'],
    [{ limit: {} }, 'admission.limit'],
    [{ queue: -1 }, 'admission.queue'],
    [{ queue: { urgent: 1 } }, "got 'urgent'"],
    [{ queue: { critical: 0.5 } }, 'for critical'],
    [{ classOf: 'critical' }, 'admission.classOf'],
  ])('refuses %j', (wrong, words) => {
    expect(() => admission({ operation: 'reading', limit: 1, ...(wrong as object) })).toThrowError(words);
  });
});
