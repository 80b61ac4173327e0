import { setTimeout as pause } from 'node:timers/promises';
import { Call } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { defineSaga, memoryStore, type SagaId, SagaOrchestrator, type SagaStore } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { events, stopped } from './engine.ts';

const doubled = defineSaga(events, 'doubled', { input: z.object({ n: z.number() }) })
  .step('a', {
    run: async ({ input }) => {
      await pause(5);
      return 2 * input.n;
    },
  })
  .returns(({ results }) => results.a);

/** Counts the questions of those who wait. */
function counted(store: SagaStore): { readonly store: SagaStore; readonly asked: { loads: number; ended: number } } {
  const asked = { loads: 0, ended: 0 };
  const desk: SagaStore['desk'] = {
    ...store.desk,
    load(id) {
      asked.loads++;
      return store.desk.load(id);
    },
    ended(ids) {
      asked.ended++;
      return store.desk.ended(ids);
    },
  };
  return { store: { ...store, desk }, asked };
}

describe('many who wait for as many sagas', () => {
  it('ask the store together: no saga is loaded more than once or twice', { timeout: 20_000 }, async () => {
    const { store, asked } = counted(memoryStore());
    await using sagas = new SagaOrchestrator({ store, sagas: [doubled], concurrency: 4 });
    await sagas.start();
    const count = 1_000;
    const results = await Promise.all(
      Array.from({ length: count }, async (_, n) => sagas.result(await sagas.startSaga('doubled', { n }, { id: `many-${n}` }))),
    );
    expect(results).toEqual(Array.from({ length: count }, (_, n) => 2 * n));
    expect(asked.loads).toBeLessThan(2 * count);
    expect(asked.ended).toBeLessThan(count);
  });

  it('who comes while others wait is told at once, and nothing goes on when nobody waits any more', async () => {
    const { store, asked } = counted(memoryStore());
    const held = defineSaga(events, 'held', { input: z.object({}) }).sleep('a-while', '1h');
    const runtime = testRuntime();
    const sagas = new SagaOrchestrator({ store, sagas: [doubled, held], runtime });
    await sagas.start();
    const done = await sagas.startSaga('doubled', { n: 4 });
    await pause(20);
    await runtime.clock.advance(10);
    const waits = await sagas.startSaga('held', {});
    await runtime.clock.advance(5_000); // it was given back, and rings for nothing
    const call = Call.root({ runtime });
    const waiting = sagas.result(waits, call).catch((error: { code: string }) => error.code);
    await runtime.clock.advance(3_000);
    // on a clock that stands still
    expect(await Promise.race([sagas.result(done), pause(500, 'late')])).toBe(8);
    call.cancel(new Error('enough'));
    await waiting;
    const before = asked.loads + asked.ended;
    await runtime.clock.advance(10_000);
    expect(asked.loads + asked.ended).toBe(before);
    await stopped(runtime, sagas);
  });

  it('are told each for itself: of one that is not there, and of one that cannot be', async () => {
    await using sagas = new SagaOrchestrator({ store: memoryStore(), sagas: [doubled], concurrency: 1 });
    await sagas.start();
    const started = await Promise.all(Array.from({ length: 10 }, (_, n) => sagas.startSaga('doubled', { n })));
    const odd = ['nobody', 'a\0', '', '\ud800'].map((id) => sagas.result(id as SagaId).catch((error: { code: string }) => error.code));
    const results = await Promise.all(started.map((id) => sagas.result(id)));
    expect(results).toEqual(Array.from({ length: 10 }, (_, n) => 2 * n));
    expect(await Promise.all(odd)).toEqual(Array(4).fill('SAGA_NOT_FOUND'));
  });

  it('are told when the store is away, and those who wait afterwards are served', async () => {
    const memory = memoryStore();
    let away = false;
    const failing =
      <A extends readonly unknown[], R>(work: (...args: A) => Promise<R>) =>
      (...args: A): Promise<R> =>
        away ? Promise.reject(new Error('away')) : work(...args);
    const store: SagaStore = { ...memory, desk: { ...memory.desk, load: failing(memory.desk.load), ended: failing(memory.desk.ended) } };
    const held = defineSaga(events, 'held', { input: z.object({}) }).sleep('a-while', '1500ms');
    await using sagas = new SagaOrchestrator({ store, sagas: [held] });
    await sagas.start();
    const ids = await Promise.all(Array.from({ length: 10 }, () => sagas.startSaga('held', {})));
    away = true;
    const told = await Promise.allSettled(ids.map((id) => sagas.result(id)));
    expect(new Set(told.map((one) => (one.status === 'rejected' ? String(one.reason) : 'served')))).toEqual(new Set(['Error: away']));
    away = false;
    await Promise.all(ids.map((id) => sagas.result(id)));
  });
});
