import { coreError } from '@tutti/core';
import { type Fault, faulty, testRuntime } from '@tutti/core/testing';
import { defineSaga, SagaOrchestrator, type SagaStore, terminal } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { after, empty, events, modes, steady, stopped } from './engine.ts';

const times = (fault: Fault, count: number): readonly Fault[] => Array.from({ length: count }, () => fault);

/** A, b with a retry, and c that refuses: every kind of write but a sleep and a decision, which `way` and `rest` make. */
function everyWrite(log: string[]) {
  return defineSaga(events, 'all', { input: empty })
    .step('a', {
      run: () => void log.push('a'),
      undoRetry: steady(5),
      compensate: ({ attempt }) => {
        if (attempt === 1) throw new Error('not yet');
        log.push('undo a');
      },
    })
    .when(
      'way',
      () => true,
      (way) => way.sleep('rest', '500ms'),
    )
    .step('b', {
      retry: { ...steady(3), maxAttempts: 3 },
      run: ({ attempt }) => {
        if (attempt === 1) throw new Error('not now');
        log.push('b');
      },
      compensate: () => void log.push('undo b'),
    })
    .step('c', { run: () => Promise.reject(terminal('no')) });
}

/** The store whose checkpoints of one name are disturbed so often. */
function disturbed(store: SagaStore, name: string, fault: 'fail' | 'drop', count: number): SagaStore {
  let left = count;
  return new Proxy(store, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (key !== 'checkpoint') return member;
      return async (checkpoint: { readonly name: string }) => {
        const hit = checkpoint.name === name && left-- > 0;
        const lost = coreError('STORE_UNAVAILABLE', { store: target.name, problem: 'away' });
        if (hit && fault === 'fail') throw lost;
        await target.checkpoint(checkpoint as never);
        if (hit) throw lost;
      };
    },
  });
}

describe.each(modes)('a store that is away for a while on %s', (_name, makeStore, amnesia) => {
  const names = ['intent', 'outcome', 'retry', 'failure', 'decision', 'sleep', 'undo-intent', 'undo-retry', 'finish', 'leave'];
  it.each(names.flatMap((name) => [[name, 'fail'] as const, [name, 'drop'] as const]))(
    'at the write %s (%s) has it written again while the saga is held, and nothing twice',
    async (name, fault) => {
      const log: string[] = [];
      const runtime = testRuntime();
      const saga = everyWrite(log);
      const store = disturbed(makeStore(), name, fault, 3);
      const sagas = new SagaOrchestrator({ store, runtime, sagas: [saga], amnesia });
      await sagas.start();
      const id = await sagas.startSaga('all', {});
      expect(await after(runtime, 40_000, sagas.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED', details: { step: 'c' } });
      const undone = log.filter((line) => line.startsWith('undo'));
      expect([new Set(log.slice(0, 2)), undone]).toEqual([new Set(['a', 'b']), ['undo b', 'undo a']]);
      const numbers = (await sagas.history(id)).map(({ seq }) => seq);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      await stopped(runtime, sagas);
    },
  );

  it('for longer than the lease loses the saga to whoever can reach it, and nothing else', async () => {
    const log: string[] = [];
    const runtime = testRuntime();
    const saga = everyWrite(log);
    const inner = makeStore();
    const { adapter: store, heal } = faulty(inner, {
      plan: { calls: { checkpoint: times('fail', 1_000), renew: times('fail', 1_000), claim: ['pass', ...times('fail', 1_000)] } },
    });
    const away = new SagaOrchestrator({ store, runtime, sagas: [saga], amnesia, lease: '5s' });
    await away.start();
    const id = await away.startSaga('all', {});
    await runtime.clock.advance(4_000);
    const near = new SagaOrchestrator({ store: inner, runtime, sagas: [saga], amnesia, lease: '5s' });
    await near.start();
    expect(await after(runtime, 30_000, near.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED' });
    expect(log.filter((line) => line.startsWith('undo'))).toEqual(['undo b', 'undo a']);
    heal();
    await runtime.clock.advance(5_000);
    expect((await away.health()).status).toBe('healthy');
    await stopped(runtime, near, away);
  });

  it('when a saga is to start says so at once, and the same start again does no harm', async () => {
    const log: string[] = [];
    const runtime = testRuntime();
    const { adapter: store } = faulty(makeStore(), { plan: { calls: { create: ['fail', 'drop'] } } });
    const sagas = new SagaOrchestrator({ store, runtime, sagas: [everyWrite(log)], amnesia, lease: '5s' });
    await sagas.start();
    for (let turn = 0; turn < 2; turn++)
      await expect(sagas.startSaga('all', {}, { id: 'mine' })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    expect(await sagas.startSaga('all', {}, { id: 'mine' })).toBe('mine');
    const id = await sagas.find('all', 'mine');
    expect(await after(runtime, 30_000, sagas.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED' });
    expect(log.filter((line) => line === 'a')).toHaveLength(1);
    await stopped(runtime, sagas);
  });
});
