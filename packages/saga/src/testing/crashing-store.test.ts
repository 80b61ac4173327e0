import { defineEvents } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { defineSaga, memoryStore, SagaOrchestrator, terminal } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { namedWrites } from './crashing-store.ts';

/** What a saga writes under which names, the first `alive` of which reach the store; the one after them does not. */
async function writesOf(
  alive = Number.POSITIVE_INFINITY,
): Promise<{ readonly names: readonly string[]; readonly entries: readonly string[] }> {
  const runtime = testRuntime();
  const names: string[] = [];
  const store = memoryStore();
  const named = namedWrites(store, {
    async make(name, write) {
      if (names.length >= alive) return new Promise(() => {}); // as of a process that is dead
      names.push(name);
      return write();
    },
  });
  const trip = defineSaga(defineEvents({}), 'trip', { input: z.object({}) })
    .step('flight', { run: () => 1, compensate: () => undefined })
    .step('hotel', { run: () => Promise.reject(terminal('full')) });
  const sagas = new SagaOrchestrator({ store: named, sagas: [trip], runtime });
  await sagas.start();
  const ended = sagas.startSaga('trip', {}, { id: 'a' }).then((id) => sagas.result(id));
  ended.catch(() => undefined);
  await runtime.clock.advance(100);
  const { entries = [] } = (await store.desk.load('a')) ?? {};
  return { names, entries: entries.map(({ what, step }) => `${what} ${step ?? ''}`.trim()) };
}

describe('the named writes of a store', () => {
  it('are those of the saga, and no look for work is among them', async () => {
    expect((await writesOf()).names).toEqual(['saga.start', 'saga.intent', 'saga.failure', 'saga.undo-intent', 'saga.finish']);
  });

  it('end where a life ends', async () => {
    expect(await writesOf(2)).toEqual({
      names: ['saga.start', 'saga.intent'],
      entries: ['started', 'intent flight', 'done flight', 'intent hotel'],
    });
  });
});
