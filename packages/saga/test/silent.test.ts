import { type TestRuntime, testRuntime } from '@tutti/core/testing';
import { type AnySaga, defineSaga, type SagaOrchestrator, type SagaStore } from '@tutti/saga';
import { sqliteStore } from '@tutti/saga/sqlite';
import { describe, expect, it } from 'vitest';
import { withoutTakeOvers } from '../src/faults/sabotage.ts';
import { after, empty, events, forEver, modes, mortalWorker, steady, stopped } from './engine.ts';

const options = { lease: '3s', scan: '500ms' } as const;
const ada = { actor: 'ada', reason: 'it is mended' };

interface Lives {
  readonly runtime: TestRuntime;
  /** How many workers died of the saga. */
  readonly deaths: number;
  /** The worker that lived on; nobody when the most that may die have died. */
  readonly survivor: SagaOrchestrator<readonly AnySaga[]> | undefined;
  mend(): void;
}

/** Starts worker after worker, as a supervisor does; each dies as by SIGKILL where the saga says so. */
async function lives(store: SagaStore, amnesia: boolean, make: (die: () => Promise<void>) => AnySaga, most = 12): Promise<Lives> {
  const runtime = testRuntime();
  const state = { deaths: 0, isMended: false, end: (): void => undefined };
  const saga = make(() => {
    if (state.isMended) return Promise.resolve();
    state.deaths++;
    state.end();
    return forEver();
  });
  let survivor: SagaOrchestrator<readonly AnySaga[]> | undefined;
  while (state.deaths < most && !survivor) {
    const before = state.deaths;
    const { sagas, end } = await mortalWorker(runtime, store, [saga] as readonly AnySaga[], { ...options, amnesia });
    state.end = end;
    if (before === 0) void sagas.startSaga(saga.name, {}, { id: 'one' });
    await runtime.clock.advance(20_000);
    if (state.deaths === before) survivor = sagas;
  }
  return {
    runtime,
    deaths: state.deaths,
    survivor,
    mend() {
      state.isMended = true;
    },
  };
}

const pure = (run: () => unknown) => ({ intent: false as const, retry: steady(3), run });

describe.each(modes)('what kills every process that runs it, on %s', (_name, makeStore, amnesia) => {
  it('is given up after its attempts and one more when it is a step without an intent, and what came before it is undone', async () => {
    const undone: string[] = [];
    const { deaths, survivor, runtime } = await lives(makeStore(), amnesia, (die) =>
      defineSaga(events, 'work', { input: empty })
        .step('a', { run: () => 1, compensate: () => void undone.push('a') })
        .step(
          'look',
          pure(() => 1),
        )
        .step('read', pure(die)),
    );
    const view = await survivor?.get('one');
    expect([deaths, view?.status, view?.failure]).toEqual([
      4,
      'compensated',
      {
        step: 'read',
        code: 'SAGA_STEP_SILENT',
        message: expect.stringContaining("3 attempts of 'read'"),
        details: { step: 'read', attempts: 3 },
      },
    ]);
    expect(undone).toEqual(['a']);
    if (survivor) await stopped(runtime, survivor);
  });

  it('parks a saga that is past its pivot, which goes on when somebody has mended it', async () => {
    const { deaths, survivor, runtime, mend } = await lives(makeStore(), amnesia, (die) =>
      defineSaga(events, 'work', { input: empty })
        .pivot('pay', { run: () => 1 })
        .step('count', { kind: 'retriable', ...pure(die) }),
    );
    if (!survivor) throw new Error('nobody survived');
    const { status, failure, verbs } = await survivor.get('one');
    expect([deaths, status, failure?.code]).toEqual([4, 'stuck', 'SAGA_STEP_SILENT']);
    expect(verbs).toEqual([{ verb: 'retry', effect: "tries 'count' again, with all attempts" }]);
    mend();
    await survivor.retry('one', ada);
    await after(runtime, 5_000, survivor.result('one' as never));
    expect((await survivor.get('one')).status).toBe('completed');
    await stopped(runtime, survivor);
  });

  it('is given up when it is the decision of a `when`', async () => {
    const { deaths, survivor, runtime, mend } = await lives(makeStore(), amnesia, (die) =>
      defineSaga(events, 'work', { input: empty })
        .pivot('pay', { run: () => 1 })
        .when(
          'big',
          () => {
            void die(); // whatever it answers then is not heard
            return true;
          },
          (way) => way.step('tell', { kind: 'retriable', run: () => 1 }),
        ),
    );
    if (!survivor) throw new Error('nobody survived');
    expect(deaths).toBe(6);
    expect(await survivor.get('one')).toMatchObject({ status: 'stuck', failure: { step: 'big', code: 'SAGA_STEP_SILENT' } });
    mend();
    await survivor.retry('one', ada);
    await after(runtime, 5_000, survivor.result('one' as never));
    expect(await survivor.get('one')).toMatchObject({ status: 'completed', steps: [{ step: 'pay' }, { step: 'tell' }] });
    await stopped(runtime, survivor);
  });

  it('control: is run for ever where nobody is told of a take-over', async () => {
    const { deaths, survivor } = await lives(withoutTakeOvers(makeStore()), amnesia, (die) =>
      defineSaga(events, 'work', { input: empty }).step('read', pure(die)),
    );
    expect([deaths, survivor]).toEqual([12, undefined]);
  });
});

describe.each([false, true])('a tx that kills every process that runs it (amnesia: %s)', (amnesia) => {
  it.each(['step', 'pivot'])('is given up as a %s, and is known to have left nothing', async (kind) => {
    const undone: string[] = [];
    const { deaths, survivor, runtime } = await lives(sqliteStore({ path: ':memory:' }), amnesia, (die) => {
      const begun = defineSaga(events, 'work', { input: empty }).step('a', { run: () => 1, compensate: () => void undone.push('a') });
      const deadly = { retry: steady(3), run: die };
      return kind === 'step'
        ? begun.tx('book', { ...deadly, compensate: () => void undone.push('book') })
        : begun.pivot('book', { ...deadly, tx: true });
    });
    const view = await survivor?.get('one');
    expect([deaths, view?.status, view?.failure?.code, undone]).toEqual([4, 'compensated', 'SAGA_STEP_SILENT', ['a']]);
    expect(view?.steps.at(-1)).toMatchObject({ step: 'book', status: 'failed', outcome: 'failed' });
    if (survivor) await stopped(runtime, survivor);
  });

  it('is given up when it is the undo that does, and the saga is parked', async () => {
    const { deaths, survivor, runtime } = await lives(sqliteStore({ path: ':memory:' }), amnesia, (die) =>
      defineSaga(events, 'work', { input: empty })
        .tx('book', { run: () => 1, undoRetry: steady(3), compensate: die })
        .step('b', { retry: steady(1), run: () => Promise.reject(new Error('no')) }),
    );
    const view = await survivor?.get('one');
    expect([deaths, view?.status, view?.verbs.map(({ verb }) => verb)]).toEqual([4, 'compensation_failed', ['retry', 'skip']]);
    if (survivor) await stopped(runtime, survivor);
  });
});

describe('a saga whose worker lives', () => {
  it('has no intent of a step that needs none, also after it was given back and claimed again', async () => {
    const store = modes[0]?.[1]() as SagaStore;
    const runtime = testRuntime();
    const saga = defineSaga(events, 'work', { input: empty })
      .step(
        'a',
        pure(() => 1),
      )
      .sleep('rest', '1m')
      .step(
        'b',
        pure(() => 2),
      );
    const { sagas } = await mortalWorker(runtime, store, [saga], options);
    const id = await sagas.startSaga('work', {});
    await after(runtime, 70_000, sagas.result(id));
    expect((await sagas.history(id)).map(({ what }) => what)).toEqual(['started', 'done', 'sleeping', 'woke', 'done', 'completed']);
    await stopped(runtime, sagas);
  });
});
