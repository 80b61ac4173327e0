import { exponential } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { defineSaga, terminal } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { after, empty, events, forEver, modes, mortalWorker, stopped } from './engine.ts';

const often = (maxAttempts: number) => ({ maxAttempts, backoff: exponential({ initial: '100ms', max: '2s', jitter: 0 }) });

describe.each(modes)('a step that is tried a thousand times on %s', (_name, makeStore, amnesia) => {
  it('keeps its journal short, and is carried on with the right attempt by another worker', { timeout: 60_000 }, async () => {
    const attempts: number[] = [];
    const outcomes: string[] = [];
    const saga = defineSaga(events, 'long', { input: empty }).step('a', {
      retry: often(1_000),
      timeout: '10m',
      run: ({ attempt }) => {
        attempts.push(attempt);
        return attempt === 500 ? forEver() : Promise.reject(new Error('not now'));
      },
      compensate: ({ outcome }) => void outcomes.push(outcome),
    });
    const runtime = testRuntime();
    const store = makeStore();
    const lease = { lease: '5m', scan: '1m', amnesia } as const;
    const first = await mortalWorker(runtime, store, [saga], lease);
    const id = await first.sagas.startSaga('long', {});
    await runtime.clock.advance(1_010_000);
    expect(attempts.at(-1)).toBe(500);
    first.end();
    const second = await mortalWorker(runtime, store, [saga], lease);
    await runtime.clock.advance(400_000);
    expect(attempts.at(-1)).toBeGreaterThan(510);
    second.end(); // what the first left unsaid was written over by now
    const third = await mortalWorker(runtime, store, [saga], lease);
    expect(await after(runtime, 1_400_000, third.sagas.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED' });
    expect(attempts).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
    expect(outcomes).toEqual(['unknown']);
    expect((await third.sagas.history(id)).length).toBeLessThan(30);
    await stopped(runtime, third.sagas);
  });

  it('counts from 1 again when it is opened again, also after a take-over', { timeout: 60_000 }, async () => {
    const attempts: number[] = [];
    const saga = defineSaga(events, 'stuck', { input: empty })
      .pivot('p', { run: () => 1 })
      .step('a', {
        kind: 'retriable',
        retry: often(30),
        run: ({ attempt }) => {
          attempts.push(attempt);
          throw new Error('not now');
        },
      });
    const runtime = testRuntime();
    const store = makeStore();
    const first = await mortalWorker(runtime, store, [saga], { amnesia });
    const id = await first.sagas.startSaga('stuck', {});
    await after(runtime, 80_000, first.sagas.result(id));
    expect([(await first.sagas.get(id)).status, attempts.length]).toEqual(['stuck', 30]);
    await first.sagas.retry(id, { actor: 'ada', reason: 'again' });
    await runtime.clock.advance(35_000);
    const made = attempts.length - 30;
    expect(made).toBeGreaterThan(12);
    first.end();
    const second = await mortalWorker(runtime, store, [saga], { amnesia });
    await after(runtime, 80_000, second.sagas.result(id));
    expect(attempts.slice(30)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    await stopped(runtime, second.sagas);
  });
});

describe('a pure step that is cut off early and refuses late', () => {
  it('is not undone, as there is nothing to undo', async () => {
    const runtime = testRuntime();
    const saga = defineSaga(events, 'pure', { input: empty }).step('a', { intent: false, run: () => Promise.reject(terminal('no')) });
    const worker = await mortalWorker(runtime, modes[0]?.[1]() as never, [saga]);
    const id = await worker.sagas.startSaga('pure', {});
    expect(await after(runtime, 100, worker.sagas.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED', details: { step: 'a' } });
    expect((await worker.sagas.history(id)).map(({ what }) => what)).toEqual(['started', 'failed', 'compensating', 'compensated']);
    await stopped(runtime, worker.sagas);
  });
});
