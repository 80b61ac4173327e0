import { testRuntime } from '@tutti/core/testing';
import { defineSaga } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { after, empty, events, forEver, modes, mortalWorker, stopped, untilCancelled, withSagas } from './engine.ts';

const ada = { actor: 'ada', reason: 'the customer left' };
const cancelled = { code: 'SAGA_COMPENSATED', details: { failure: { code: 'SAGA_CANCELLED', details: ada } } };

describe.each(modes)('a request to cancel on %s', (_name, makeStore, amnesia) => {
  it('in the middle of a step aborts it and undoes what was begun', async () => {
    const log: string[] = [];
    const saga = defineSaga(events, 'long', { input: empty })
      .step('a', { run: () => 1, compensate: ({ outcome }) => void log.push(`undo a ${outcome}`) })
      .step('b', {
        timeout: '1h',
        run: ({ signal }) => untilCancelled(signal, (reason) => log.push(`aborted: ${(reason as { code: string }).code}`)),
        compensate: ({ outcome }) => void log.push(`undo b ${outcome}`),
      });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('long', {});
        await runtime.clock.advance(1_500);
        expect((await sagas.get(id)).verbs.map(({ verb }) => verb)).toEqual(['cancel']);
        await sagas.cancel(id, ada);
        expect(await after(runtime, 1_500, sagas.result(id))).toMatchObject(cancelled);
        expect(log).toEqual(['aborted: SAGA_CANCELLED', 'undo b unknown', 'undo a done']);
        await expect(sagas.cancel(id, ada)).rejects.toMatchObject({ code: 'SAGA_REQUEST_REFUSED' });
      },
      { amnesia },
    );
  });

  it('does not wait for the end of a sleep', async () => {
    const log: string[] = [];
    const saga = defineSaga(events, 'sleepy', { input: empty })
      .step('a', { run: () => 1, compensate: () => void log.push('undo a') })
      .sleep('rest', '30d')
      .step('b', { run: () => void log.push('b') });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('sleepy', {});
        await runtime.clock.advance(1_500);
        await sagas.cancel(id, ada);
        expect(await after(runtime, 1_500, sagas.result(id))).toMatchObject(cancelled);
        expect(log).toEqual(['undo a']);
      },
      { amnesia },
    );
  });

  it('that comes while the saga goes to sleep is not forgotten for as long as it sleeps', async () => {
    const saga = defineSaga(events, 'sleepy', { input: empty })
      .step('a', {
        run: ({ call }) => new Promise<void>((resolve) => void call.runtime.clock.after(1_000, resolve)),
        compensate: () => undefined,
      })
      .sleep('rest', '30d');
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime, store) => {
        const id = await sagas.startSaga('sleepy', {});
        await runtime.clock.advance(500);
        // as a request by another process, of which this one has not heard yet
        await store.desk.ask(id, { verb: 'cancel', ...ada, at: 0 }, ['running']);
        expect(await after(runtime, 5_000, sagas.result(id))).toMatchObject(cancelled);
      },
      { amnesia },
    );
  });

  it('takes a queued saga out of the line, with nothing done', async () => {
    const log: number[] = [];
    const saga = defineSaga(events, 'locked', { input: z.object({ n: z.number() }), concurrencyKey: () => 'k' }).step('a', {
      timeout: '1h',
      run: ({ input: { n }, signal }) => {
        log.push(n);
        return n === 1 ? untilCancelled(signal) : n;
      },
    });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const ids = [
          await sagas.startSaga('locked', { n: 1 }),
          await sagas.startSaga('locked', { n: 2 }),
          await sagas.startSaga('locked', { n: 3 }),
        ];
        const [first, second, third] = ids as [(typeof ids)[0], (typeof ids)[0], (typeof ids)[0]];
        await runtime.clock.advance(1_500);
        expect((await sagas.get(second)).verbs).toEqual([{ verb: 'cancel', effect: 'ends it with nothing done' }]);
        await sagas.cancel(second, ada);
        expect(await after(runtime, 1_500, sagas.result(second))).toMatchObject(cancelled);
        expect([log, (await sagas.get(third)).status]).toEqual([[1], 'queued']);
        await sagas.cancel(first, ada);
        await after(runtime, 1_500, sagas.result(third));
        expect([log, (await sagas.get(third)).status]).toEqual([[1, 3], 'completed']);
      },
      { amnesia },
    );
  });

  it('is refused past the pivot, of an ended saga, without a reason, and of nobody', async () => {
    const saga = defineSaga(events, 'paid', { input: empty })
      .pivot('pay', { run: () => 1 })
      .step('send', { kind: 'retriable', timeout: '1h', run: ({ signal }) => untilCancelled(signal) });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('paid', {});
        await runtime.clock.advance(1_500);
        await expect(sagas.cancel(id, ada)).rejects.toMatchObject({
          code: 'SAGA_REQUEST_REFUSED',
          details: { verb: 'cancel', status: 'running', legal: [] },
        });
        await expect(sagas.cancel('nobody', ada)).rejects.toMatchObject({ code: 'SAGA_NOT_FOUND' });
        await expect(sagas.cancel(id, { actor: '', reason: 'x' })).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
      },
      { amnesia },
    );
  });

  it('holds for the next worker when the one that heard it dies before it could act', async () => {
    const log: string[] = [];
    const saga = defineSaga(events, 'deaf', { input: empty })
      .step('a', { run: () => 1, compensate: () => void log.push('undo a') })
      .step('b', { timeout: '1h', run: () => forEver() })
      .step('c', { run: () => void log.push('c') });
    const runtime = testRuntime();
    const store = makeStore();
    const first = await mortalWorker(runtime, store, [saga], { amnesia });
    const id = await first.sagas.startSaga('deaf', {});
    await runtime.clock.advance(1_500);
    await first.sagas.cancel(id, ada);
    await runtime.clock.advance(50); // heard and noted; the step does not listen
    expect((await first.sagas.history(id)).at(-1)).toMatchObject({ what: 'asked' });
    first.end();
    const second = await mortalWorker(runtime, store, [saga], { amnesia });
    expect(await after(runtime, 20_000, second.sagas.result(id))).toMatchObject(cancelled);
    expect(log).toEqual(['undo a']);
    await stopped(runtime, second.sagas);
  });
});
