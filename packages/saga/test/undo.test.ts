import { testRuntime } from '@tutti/core/testing';
import { defineSaga, SagaOrchestrator, terminal } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { after, empty, events, forEver, modes, mortalWorker, once, steady, stopped, withSagas } from './engine.ts';

const ada = { actor: 'ada', reason: 'the hotel is back' };

describe.each(modes)('undo on %s', (_name, makeStore, amnesia) => {
  /** Three steps of which the last refuses; the undo of the second does what `undoing` says. */
  function threeSteps(log: string[], undoing: (attempt: number) => void, onUndoFailure: 'continue' | 'halt' = 'continue') {
    return defineSaga(events, 'three', { input: empty, onUndoFailure })
      .step('a', { run: () => 1, compensate: () => void log.push('undo a') })
      .step('b', {
        run: () => 2,
        compensate: ({ attempt }) => {
          undoing(attempt);
          log.push('undo b');
        },
        undoRetry: once,
      })
      .step('c', { run: () => Promise.reject(terminal('no')) })
      .returns(({ results }) => results.a);
  }

  it.each([1, 2, 3, 4, 5, 6])('is the reverse of the intents when step %d of six fails', async (failAt) => {
    const [intents, undone]: [string[], string[]] = [[], []];
    const step = (number: number) => ({
      run: () => {
        intents.push(`s${number}`);
        if (number === failAt) throw terminal('no');
      },
      compensate: () => void undone.push(`s${number}`),
    });
    const six = defineSaga(events, 'six', { input: empty })
      .step('s1', step(1))
      .step('s2', step(2))
      .step('s3', step(3))
      .step('s4', step(4))
      .step('s5', step(5))
      .step('s6', step(6));
    await withSagas(
      makeStore,
      [six],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('six', {});
        expect(await after(runtime, 2_000, sagas.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED', details: { step: `s${failAt}` } });
        expect(intents).toEqual(Array.from({ length: failAt }, (_, index) => `s${index + 1}`));
        expect(undone).toEqual(intents.toReversed());
        const order = (await sagas.history(id)).filter(({ what }) => what === 'intent' || what === 'undo-intent').map(({ what }) => what);
        expect(order).toEqual([...intents.map(() => 'intent'), ...undone.map(() => 'undo-intent')]);
      },
      { amnesia },
    );
  });

  it('is told that the outcome is unknown after a crash in the middle of the step that then fails', async () => {
    const outcomes: string[] = [];
    const runtime = testRuntime();
    const store = makeStore();
    const saga = defineSaga(events, 'cut', { input: empty })
      .step('a', { run: () => 1, compensate: ({ outcome }) => void outcomes.push(`a ${outcome}`) })
      .step('b', {
        run: ({ attempt }) => (attempt === 1 ? forEver() : Promise.reject(terminal('no'))),
        compensate: ({ outcome, result }) => void outcomes.push(`b ${outcome} ${result}`),
        timeout: '1h',
      });
    const first = await mortalWorker(runtime, store, [saga], { amnesia });
    const id = await first.sagas.startSaga('cut', {});
    await runtime.clock.advance(1_500);
    first.end();
    const heir = new SagaOrchestrator({ store, runtime, sagas: [saga], amnesia });
    await heir.start();
    expect(await after(runtime, 20_000, heir.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED', details: { step: 'b' } });
    expect(outcomes).toEqual(['b unknown undefined', 'a done']);
    expect((await heir.get(id)).steps.map(({ step, attempts, outcome }) => [step, attempts, outcome])).toEqual([
      ['a', 1, 'done'],
      ['b', 2, 'unknown'],
    ]);
    await stopped(runtime, heir);
  });

  it('parks the saga when it fails for good, and is tried again when somebody asks for it', async () => {
    const log: string[] = [];
    let broken = true;
    const saga = threeSteps(log, () => {
      if (broken) throw terminal('the hotel is gone');
    });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('three', {});
        expect(await after(runtime, 2_000, sagas.result(id))).toMatchObject({
          code: 'SAGA_COMPENSATION_FAILED',
          details: { steps: ['b'] },
        });
        expect(log).toEqual(['undo a']);
        const parked = await sagas.get(id);
        expect(parked).toMatchObject({ status: 'compensation_failed', failure: { step: 'c' } });
        expect(parked.steps[1]).toMatchObject({ status: 'undo_failed', failure: { code: 'SAGA_TERMINAL', message: 'the hotel is gone' } });
        expect(parked.verbs.map(({ verb, step }) => [verb, step])).toEqual([
          ['retry', undefined],
          ['skip', 'b'],
        ]);
        await runtime.clock.advance(86_400_000);
        expect((await sagas.get(id)).status).toBe('compensation_failed');
        broken = false;
        await sagas.retry(id, ada);
        expect(await after(runtime, 2_000, sagas.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED', details: { step: 'c' } });
        expect(log).toEqual(['undo a', 'undo b']);
        expect((await sagas.history(id)).filter(({ what }) => what === 'asked')).toMatchObject([{ request: { verb: 'retry', ...ada } }]);
        await expect(sagas.retry(id, ada)).rejects.toMatchObject({ code: 'SAGA_REQUEST_REFUSED', details: { legal: [] } });
      },
      { amnesia },
    );
  });

  it('parks the saga again when it fails again', async () => {
    const saga = threeSteps([], () => {
      throw terminal('gone for ever');
    });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('three', {});
        await after(runtime, 2_000, sagas.result(id));
        await sagas.retry(id, ada);
        await runtime.clock.advance(2_000);
        expect((await sagas.get(id)).status).toBe('compensation_failed');
        expect((await sagas.history(id)).filter(({ what }) => what === 'undo-failed')).toHaveLength(2);
      },
      { amnesia },
    );
  });

  it('can be skipped for a reason, which is kept', async () => {
    const saga = threeSteps([], () => {
      throw terminal('gone for ever');
    });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('three', {});
        await after(runtime, 2_000, sagas.result(id));
        await expect(sagas.skip(id, 'b', { actor: 'ada', reason: '' })).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
        await expect(sagas.skip(id, 'a', ada)).rejects.toMatchObject({
          code: 'SAGA_REQUEST_REFUSED',
          details: { legal: ['retry', "skip 'b'"] },
        });
        await sagas.skip(id, 'b', { actor: 'ada', reason: 'refunded by hand' });
        expect(await after(runtime, 2_000, sagas.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED' });
        expect((await sagas.get(id)).steps[1]).toMatchObject({ step: 'b', status: 'undo_skipped' });
        const asked = (await sagas.history(id)).find(({ what }) => what === 'asked');
        expect(asked).toMatchObject({ step: 'b', request: { verb: 'skip', actor: 'ada', reason: 'refunded by hand' } });
      },
      { amnesia },
    );
  });

  it('halts at the first that fails, where the saga says so, and goes on from there', async () => {
    const log: string[] = [];
    let broken = true;
    const undoing = (): void => {
      if (broken) throw terminal('gone');
    };
    await withSagas(
      makeStore,
      [threeSteps(log, undoing, 'halt')],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('three', {});
        expect(await after(runtime, 2_000, sagas.result(id))).toMatchObject({ code: 'SAGA_COMPENSATION_FAILED' });
        expect(log).toEqual([]);
        broken = false;
        await sagas.retry(id, ada);
        expect(await after(runtime, 2_000, sagas.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED' });
        expect(log).toEqual(['undo b', 'undo a']);
      },
      { amnesia },
    );
  });

  it('that throws for ever is tried for about a day and then parked, with a journal that stays small', async () => {
    let attempts = 0;
    const saga = defineSaga(events, 'hopeless', { input: empty })
      .step('a', {
        run: () => 1,
        compensate: () => {
          attempts++;
          throw new Error('still not');
        },
      })
      .step('b', { run: () => Promise.reject(terminal('no')) });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('hopeless', {});
        await runtime.clock.advance(12 * 3_600_000);
        const view = await sagas.get(id);
        expect(view).toMatchObject({ status: 'compensating', waiting: { for: 'attempt', step: 'a' } });
        expect(view.steps[0]).toMatchObject({ status: 'undoing', undoAttempts: attempts, failure: { message: 'still not' } });
        await runtime.clock.advance(36 * 3_600_000);
        expect((await sagas.get(id)).status).toBe('compensation_failed');
        expect(attempts).toBe(400);
        expect((await sagas.history(id)).length).toBeLessThan(35);
      },
      { amnesia, scan: '10m', lease: '10m' },
    );
  }, 60_000);

  it('gets steady patience of its own', async () => {
    const at: number[] = [];
    const saga = defineSaga(events, 'patient', { input: empty })
      .step('a', {
        run: () => 1,
        undoRetry: steady(5, '10s'),
        compensate: ({ call, attempt }) => {
          at.push(call.runtime.clock.now());
          if (attempt < 4) throw new Error('not yet');
        },
      })
      .step('b', { retry: once, run: () => Promise.reject(new Error('no')) });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const startedAt = runtime.clock.now();
        const id = await sagas.startSaga('patient', {});
        expect(await after(runtime, 75_000, sagas.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED' });
        expect(at.map((time) => Math.round((time - startedAt) / 10_000))).toEqual([0, 1, 3, 7]);
      },
      { amnesia },
    );
  });
});
