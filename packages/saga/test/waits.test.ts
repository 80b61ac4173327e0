import { testRuntime } from '@tutti/core/testing';
import { defineSaga } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { after, empty, events, modes, mortalWorker, steady, stopped, withSagas } from './engine.ts';

describe.each(modes)('waiting on %s', (_name, makeStore, amnesia) => {
  const nap = (log: number[]) =>
    defineSaga(events, 'nap', { input: empty })
      .step('a', { run: () => 1 })
      .sleep('rest', '2h')
      .step('b', { run: ({ call }) => void log.push(call.runtime.clock.now()) });

  it('is not shortened, lengthened or repeated by a restart', async () => {
    const woke: number[] = [];
    const runtime = testRuntime();
    const store = makeStore();
    const saga = nap(woke);
    const first = await mortalWorker(runtime, store, [saga], { amnesia });
    const startedAt = runtime.clock.now();
    const id = await first.sagas.startSaga('nap', {});
    await runtime.clock.advance(3_600_000);
    first.end();
    const second = await mortalWorker(runtime, store, [saga], { amnesia });
    await runtime.clock.advance(3_599_000);
    expect(woke).toEqual([]);
    await after(runtime, 5_000, second.sagas.result(id));
    expect(woke.map((at) => Math.round((at - startedAt) / 10))).toEqual([720_000]);
    expect((await second.sagas.history(id)).filter(({ what }) => what === 'sleeping' || what === 'woke')).toHaveLength(2);
    await stopped(runtime, second.sagas);
  });

  it('for longer than a second leaves the saga to nobody, and says what it waits for', async () => {
    await withSagas(
      makeStore,
      [nap([])],
      async (sagas, runtime) => {
        const startedAt = runtime.clock.now();
        const id = await sagas.startSaga('nap', {});
        await runtime.clock.advance(100);
        const view = await sagas.get(id);
        expect([view.status, view.worker, view.waiting]).toEqual(['running', undefined, { for: 'timer', until: startedAt + 7_200_000 }]);
      },
      { amnesia },
    );
  });

  it('between attempts is said with the step', async () => {
    const saga = defineSaga(events, 'flaky', { input: empty }).step('a', {
      retry: steady(3, '1m'),
      run: () => Promise.reject(new Error('not now')),
    });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const startedAt = runtime.clock.now();
        const id = await sagas.startSaga('flaky', {});
        await runtime.clock.advance(100);
        const { worker, waiting, steps } = await sagas.get(id);
        expect([worker, waiting]).toEqual([undefined, { for: 'attempt', step: 'a', until: startedAt + 60_000 }]);
        expect(steps).toMatchObject([{ step: 'a', attempts: 1, status: 'intended', failure: { message: 'not now' } }]);
      },
      { amnesia },
    );
  });

  it('is not said of a saga that is going back because of a step that waited', async () => {
    const saga = defineSaga(events, 'both', { input: empty })
      .step('a', { run: () => 1, undoRetry: steady(3, '1m'), compensate: () => Promise.reject(new Error('not yet')) })
      .parallel((both) =>
        both
          .step('b', { retry: steady(9, '1m'), run: () => Promise.reject(new Error('not now')) })
          .step('c', { retry: steady(2), run: () => Promise.reject(new Error('never')) }),
      );
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('both', {});
        await runtime.clock.advance(5_000);
        expect(await sagas.get(id)).toMatchObject({ status: 'compensating', waiting: { for: 'attempt', step: 'a' } });
      },
      { amnesia },
    );
  });

  it('side by side with work keeps the saga here until the work is done, and leaves for the earliest', async () => {
    const log: string[] = [];
    const saga = defineSaga(events, 'side', { input: empty }).parallel((both) =>
      both
        .step('waits', {
          retry: steady(3, '1m'),
          run: ({ attempt }) => {
            log.push(`waits ${attempt}`);
            if (attempt === 1) throw new Error('not now');
          },
        })
        .step('works', {
          run: ({ call }) =>
            new Promise<void>((resolve) => void call.runtime.clock.after(5_000, () => resolve(log.push('works') as never))),
        }),
    );
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('side', {});
        await runtime.clock.advance(2_000);
        expect((await sagas.get(id)).worker).toBeDefined();
        await runtime.clock.advance(4_000);
        expect((await sagas.get(id)).worker).toBeUndefined();
        await after(runtime, 60_000, sagas.result(id));
        expect([log, (await sagas.get(id)).status]).toEqual([['waits 1', 'works', 'waits 2'], 'completed']);
      },
      { amnesia },
    );
  });
});
