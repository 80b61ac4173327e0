import { Call, coreError, exponential } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { defineSaga, SagaOrchestrator, terminal } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { after, events, stores, withSagas } from './engine.ts';

const input = z.object({ failAt: z.number() });
const once = { maxAttempts: 1, backoff: exponential() };
const steady = { maxAttempts: 4, backoff: exponential({ initial: '1s', jitter: 0 }) };

/** Six steps of which the third and fourth run side by side; the one numbered `failAt` fails for good. */
function sixSteps(log: string[]) {
  const step = (number: number) => ({
    run: ({ input: { failAt } }: { input: { failAt: number } }) => {
      log.push(`do ${number}`);
      if (failAt === number) throw terminal(`step ${number} refuses`);
      return number;
    },
    compensate: ({ outcome }: { outcome: string }) => void log.push(`undo ${number} (${outcome})`),
  });
  return defineSaga(events, 'six', { input })
    .step('s1', step(1))
    .step('s2', step(2))
    .parallel((both) => both.step('s3', step(3)).step('s4', step(4)))
    .step('s5', step(5))
    .step('s6', step(6))
    .returns(({ results }) => results.s1 + results.s4 + results.s6);
}

describe.each(Object.entries(stores))('a saga on %s', (_name, makeStore) => {
  it('runs its steps in order and gives its result', async () => {
    const log: string[] = [];
    await withSagas(makeStore, [sixSteps(log)], async (sagas, runtime) => {
      const id = await sagas.startSaga('six', { failAt: 0 });
      expect(await after(runtime, 100, sagas.result(id))).toBe(11);
      expect(log).toEqual(['do 1', 'do 2', 'do 3', 'do 4', 'do 5', 'do 6']);
      expect(await sagas.get(id)).toMatchObject({ status: 'completed', saga: 'six' });
    });
  });

  it.each([1, 2, 3, 4, 5, 6])('undoes in reverse what was begun when step %d fails, and goes no further', async (failAt) => {
    const log: string[] = [];
    await withSagas(makeStore, [sixSteps(log)], async (sagas, runtime) => {
      const id = await sagas.startSaga('six', { failAt });
      expect(await after(runtime, 100, sagas.result(id))).toMatchObject({
        code: 'SAGA_COMPENSATED',
        details: { step: `s${failAt}`, failure: { code: 'SAGA_TERMINAL', message: `step ${failAt} refuses` } },
      });
      const groupOf = (number: number): number => (number === 4 ? 3 : number);
      const numbers = (verb: string): number[] => log.filter((line) => line.startsWith(verb)).map((line) => Number(line.split(' ')[1]));
      const intended = failAt === 3 ? 4 : failAt; // the branch beside the failing one was armed, whether or not it still ran
      expect(numbers('undo').map(groupOf)).toEqual(Array.from({ length: intended }, (_, index) => groupOf(index + 1)).toReversed());
      expect(numbers('do').every((number) => number <= intended)).toBe(true);
      expect(log.findIndex((line) => line.startsWith('undo'))).toBe(numbers('do').length);
      expect(log).toContain(`undo ${failAt} (failed)`);
    });
  });

  it('waits between attempts as its policy says, with one key and a rising attempt', async () => {
    const seen: (readonly [number, number, string])[] = [];
    const flaky = defineSaga(events, 'flaky', { input }).step('call', {
      retry: steady,
      run: ({ attempt, idempotencyKey, call }) => {
        seen.push([call.runtime.clock.now(), attempt, idempotencyKey]);
        if (attempt < 4) throw new Error('not now');
        return 'there';
      },
    });
    await withSagas(makeStore, [flaky], async (sagas, runtime) => {
      const startedAt = runtime.clock.now();
      const id = await sagas.startSaga('flaky', { failAt: 0 });
      await after(runtime, 8_000, sagas.result(id));
      expect(seen.map(([at, attempt]) => [Math.round((at - startedAt) / 1_000), attempt])).toEqual([
        [0, 1],
        [1, 2],
        [3, 3],
        [7, 4],
      ]);
      expect(new Set(seen.map(([, , key]) => key))).toEqual(new Set([`${id}/call`]));
    });
  });

  it('undoes when the attempts are used up', async () => {
    const hopeless = defineSaga(events, 'hopeless', { input }).step('call', {
      retry: { ...steady, maxAttempts: 2 },
      run: () => Promise.reject(new Error('never')),
    });
    await withSagas(makeStore, [hopeless], async (sagas, runtime) => {
      const id = await sagas.startSaga('hopeless', { failAt: 0 });
      expect(await after(runtime, 5_000, sagas.result(id))).toMatchObject({
        code: 'SAGA_COMPENSATED',
        details: { failure: { code: 'ERROR', message: 'never' } },
      });
      expect((await sagas.history(id)).map(({ what }) => what)).toEqual([
        'started',
        'intent',
        'attempt-failed',
        'intent',
        'failed',
        'compensating',
        'compensated',
      ]);
    });
  });

  it('cancels an attempt that is over time, and then does not know what became of it', async () => {
    let reason: unknown;
    let outcome = '';
    const slow = defineSaga(events, 'slow', { input }).step('call', {
      retry: once,
      timeout: '2s',
      run: ({ signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            reject(reason);
          }),
        ),
      compensate: (context) => {
        outcome = context.outcome;
      },
    });
    await withSagas(makeStore, [slow], async (sagas, runtime) => {
      const id = await sagas.startSaga('slow', { failAt: 0 });
      expect(await after(runtime, 3_000, sagas.result(id))).toMatchObject({
        code: 'SAGA_COMPENSATED',
        details: { failure: { code: 'TIMEOUT' } },
      });
      expect([reason, outcome]).toEqual([expect.objectContaining({ code: 'TIMEOUT' }), 'unknown']);
    });
  });

  it('cancels the other branches when one fails, waits for them, and undoes all', async () => {
    const log: string[] = [];
    const race = defineSaga(events, 'race', { input }).parallel((both) =>
      both.step('quick', { run: () => Promise.reject(terminal('no')) }).step('long', {
        run: ({ signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              log.push('cancelled');
              reject(signal.reason);
            });
          }),
        compensate: ({ outcome, result }) => void log.push(`undo long (${outcome}, ${result})`),
      }),
    );
    await withSagas(makeStore, [race], async (sagas, runtime) => {
      const id = await sagas.startSaga('race', { failAt: 0 });
      expect(await after(runtime, 100, sagas.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED', details: { step: 'quick' } });
      expect(log).toEqual(['cancelled', 'undo long (unknown, undefined)']);
    });
  });

  it('tries an undo again patiently, and parks the saga when it fails for good, with the other undos done', async () => {
    const log: string[] = [];
    const stuck = defineSaga(events, 'stuck', { input })
      .step('first', { run: () => 1, compensate: () => void log.push('first') })
      .step('second', { run: () => 2, compensate: () => Promise.reject(terminal('cannot be undone')) })
      .step('third', {
        run: () => 3,
        compensate: ({ attempt }) => {
          log.push(`third ${attempt}`);
          if (attempt < 3) throw new Error('not now');
        },
      })
      .step('fourth', { run: () => Promise.reject(terminal('no')) });
    await withSagas(makeStore, [stuck], async (sagas, runtime) => {
      const id = await sagas.startSaga('stuck', { failAt: 0 });
      expect(await after(runtime, 10_000, sagas.result(id))).toMatchObject({
        code: 'SAGA_COMPENSATION_FAILED',
        details: { steps: ['second'] },
      });
      expect(log).toEqual(['third 1', 'third 2', 'third 3', 'first']);
      expect(await sagas.get(id)).toMatchObject({ status: 'compensation_failed', failure: { step: 'fourth' } });
    });
  });

  it('starts once for one id, and refuses bad input before anything is started', async () => {
    const log: string[] = [];
    await withSagas(makeStore, [sixSteps(log)], async (sagas, runtime) => {
      const ids = await Promise.all([1, 2, 3].map(() => sagas.startSaga('six', { failAt: 0 }, { id: 'mine' })));
      await after(runtime, 100, sagas.result(ids[0] as (typeof ids)[0]));
      expect([new Set(ids), log.filter((line) => line === 'do 1')]).toEqual([new Set(['mine']), ['do 1']]);
      await expect(sagas.startSaga('six', { failAt: 'one' } as never)).rejects.toMatchObject({
        code: 'INVALID_DATA',
        message: expect.stringMatching(/^six\.failAt /),
      });
      await expect(sagas.startSaga('seven' as 'six', { failAt: 0 })).rejects.toMatchObject({ code: 'SAGA_UNKNOWN' });
      await expect(sagas.get('nobody')).rejects.toMatchObject({ code: 'SAGA_NOT_FOUND' });
    });
  });

  it.each([
    ['that cannot be written', (): unknown => ({ big: 1n }), /the result of 'call' cannot be stored: .*BigInt/],
    ['that is a function', (): unknown => () => 1, /cannot be stored: a function/],
    ['that is too large', (): unknown => 'x'.repeat(300_000), /has 300002 bytes/],
  ])('treats a result %s as a failure of its step, for good', async (_what, result, message) => {
    const undone: string[] = [];
    const odd = defineSaga(events, 'odd', { input }).step('call', { run: result, compensate: ({ outcome }) => void undone.push(outcome) });
    await withSagas(makeStore, [odd], async (sagas, runtime) => {
      const id = await sagas.startSaga('odd', { failAt: 0 });
      expect(await after(runtime, 100, sagas.result(id))).toMatchObject({
        code: 'SAGA_COMPENSATED',
        message: expect.stringMatching(message),
      });
      expect(undone).toEqual(['unknown']); // it ran: what it did is done
    });
  });

  it('carries identity and trace of whoever started it to every step, but not his deadline', async () => {
    const seen: unknown[] = [];
    const look = defineSaga(events, 'look', { input }).step('call', {
      run: ({ call }) => void seen.push([call.tenant, call.principal, call.traceparent, call.remainingMs]),
    });
    await withSagas(makeStore, [look], async (sagas, runtime) => {
      const call = Call.root({ runtime, tenant: 'acme', principal: 'ada', deadline: runtime.clock.now() + 5 });
      const id = await sagas.startSaga('look', { failAt: 0 }, { call });
      call.cancel(coreError('CANCELLED', { reason: 'the client left' }));
      await after(runtime, 100, sagas.result(id));
      expect(seen).toEqual([['acme', 'ada', call.traceparent, 60_000]]);
    });
  });

  it('goes to another worker at once when its own stops, and the cut-off step is run again', async () => {
    const log: string[] = [];
    const runtime = testRuntime();
    const shared = makeStore();
    const gated = defineSaga(events, 'gated', { input })
      .step('one', { run: () => void log.push('one') })
      .step('two', {
        run: async ({ attempt, call }) => {
          log.push(`two, attempt ${attempt}`);
          if (attempt === 1)
            await new Promise((_resolve, reject) => call.signal.addEventListener('abort', () => reject(call.signal.reason)));
        },
      });
    const [first, second] = [0, 1].map(() => new SagaOrchestrator({ store: shared, sagas: [gated], runtime, drainTimeout: '1s' })) as [
      SagaOrchestrator<[typeof gated]>,
      SagaOrchestrator<[typeof gated]>,
    ];
    await first.start();
    const id = await first.startSaga('gated', { failAt: 0 });
    await runtime.clock.advance(100);
    await second.start();
    const stopping = first.stop();
    await runtime.clock.advance(1_000);
    await stopping;
    await after(runtime, 100, second.result(id));
    expect(log).toEqual(['one', 'two, attempt 1', 'two, attempt 2']);
    await second.stop();
  });
});
