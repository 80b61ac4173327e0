import { exponential } from '@tutti/core';
import { faulty, testRuntime } from '@tutti/core/testing';
import { defineSaga, memoryStore, SagaOrchestrator } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { empty, events, stopped, untilCancelled } from './engine.ts';

describe('a worker looks for work', () => {
  it('not without a pause in a store that does not answer', async () => {
    const runtime = testRuntime();
    const inner = memoryStore();
    const saga = defineSaga(events, 'nap', { input: empty })
      .sleep('rest', '20s')
      .step('a', { run: () => 1 });
    const {
      adapter: store,
      played,
      heal,
    } = faulty(inner, {
      plan: { calls: { claim: ['pass', ...Array.from({ length: 50_000 }, () => 'fail' as const)] } },
    });
    const first = new SagaOrchestrator({ store: inner, runtime, sagas: [saga] });
    await first.start();
    await first.startSaga('nap', {});
    await runtime.clock.advance(100);
    await stopped(runtime, first);
    const second = new SagaOrchestrator({ store, runtime, sagas: [saga], scan: '1s' });
    await second.start();
    await runtime.clock.advance(20_000);
    expect(played.length).toBeLessThan(40);
    heal();
    await stopped(runtime, second);
  });

  it('not without a pause when it has no place for what is due, and at once when it has one', async () => {
    const runtime = testRuntime();
    const { adapter: store, played } = faulty(memoryStore(), { plan: { seed: 1, methods: ['claim'], rates: {} } });
    const ran: number[] = [];
    const saga = defineSaga(events, 'busy', { input: empty }).step('a', {
      timeout: '10s',
      retry: { maxAttempts: 1, backoff: exponential() },
      run: ({ call, signal }) => {
        ran.push(call.runtime.clock.now());
        return untilCancelled(signal);
      },
    });
    const sagas = new SagaOrchestrator({ store, runtime, sagas: [saga], concurrency: 1, scan: '1s' });
    await sagas.start();
    for (let n = 0; n < 3; n++) await sagas.startSaga('busy', {});
    await runtime.clock.advance(25_000);
    expect(played.length).toBeLessThan(60);
    expect(ran.map((at) => Math.round((at - (ran[0] as number)) / 100))).toEqual([0, 100, 200]);
    await stopped(runtime, sagas);
  });
});
