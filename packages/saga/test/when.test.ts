import { testRuntime } from '@tutti/core/testing';
import { defineSaga, terminal } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { after, empty, events, modes, mortalWorker, stopped, withSagas } from './engine.ts';

describe.each(modes)('a branch on %s', (_name, makeStore, amnesia) => {
  const ways = (log: string[], decide: () => boolean, refuse = false) =>
    defineSaga(events, 'ways', { input: empty })
      .step('a', { run: () => 1 })
      .when(
        'big',
        decide,
        (way) =>
          way.step('audit', { run: () => void log.push('audit'), compensate: () => void log.push('undo audit') }).sleep('think', '1h'),
        (way) => way.step('wave', { run: () => void log.push('wave'), compensate: () => void log.push('undo wave') }),
      )
      .step('b', { run: () => (refuse ? Promise.reject(terminal('no')) : void log.push('b')) });

  it('is decided once: after a restart with another opinion the same way is taken', async () => {
    const log: string[] = [];
    const runtime = testRuntime();
    const store = makeStore();
    const first = await mortalWorker(runtime, store, [ways(log, () => true)], { amnesia });
    const id = await first.sagas.startSaga('ways', {});
    await runtime.clock.advance(1_500);
    first.end();
    const second = await mortalWorker(runtime, store, [ways(log, () => false)], { amnesia });
    await after(runtime, 3_610_000, second.sagas.result(id));
    expect(log).toEqual(['audit', 'b']);
    expect((await second.sagas.history(id)).filter(({ what }) => what === 'decided')).toMatchObject([{ step: 'big', taken: true }]);
    await stopped(runtime, second.sagas);
  });

  it.each([true, false])('that went %s is undone that way', async (taken) => {
    const log: string[] = [];
    await withSagas(
      makeStore,
      [ways(log, () => taken, true)],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('ways', {});
        expect(await after(runtime, 3_610_000, sagas.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED', details: { step: 'b' } });
        expect(log).toEqual(taken ? ['audit', 'undo audit'] : ['wave', 'undo wave']);
      },
      { amnesia },
    );
  });

  it('that cannot be decided has the saga undone, with its own name', async () => {
    const saga = defineSaga(events, 'broken', { input: z.object({ list: z.array(z.string()).optional() }) })
      .step('a', { run: () => 1 })
      .when(
        'long',
        ({ input }) => (input.list as string[]).length > 3,
        (way) => way.step('b', { run: () => 2 }),
      );
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('broken', {});
        expect(await after(runtime, 1_500, sagas.result(id))).toMatchObject({
          code: 'SAGA_COMPENSATED',
          details: { step: 'long', failure: { code: 'ERROR', message: expect.stringMatching(/length/) } },
        });
      },
      { amnesia },
    );
  });
});
