import { defineSaga, terminal } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { after, empty, events, forEver, modes, once, steady, untilCancelled, withSagas } from './engine.ts';

describe.each(modes)('timeouts on %s', (_name, makeStore, amnesia) => {
  it('of an attempt: it is cut off, and the next one is made', async () => {
    const log: string[] = [];
    const saga = defineSaga(events, 'slow', { input: empty }).step('a', {
      retry: steady(2),
      timeout: '3s',
      run: ({ attempt, signal, call }) => {
        const startedAt = call.runtime.clock.now();
        if (attempt === 2) return 'done';
        return untilCancelled(signal, (reason) =>
          log.push(`${(reason as { code: string }).code} after ${call.runtime.clock.now() - startedAt}`),
        );
      },
    });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('slow', {});
        await after(runtime, 10_000, sagas.result(id));
        expect(log).toEqual(['TIMEOUT after 3000']);
        expect((await sagas.get(id)).status).toBe('completed');
        expect((await sagas.history(id)).find(({ what }) => what === 'attempt-failed')).toMatchObject({
          cutOff: true,
          failure: { code: 'TIMEOUT' },
        });
      },
      { amnesia },
    );
  });

  it.each(['in the middle of an attempt', 'between two', 'of a step without an intent'])(
    'of a step with all its attempts, %s: no more is made, and the saga is undone',
    async (when) => {
      const log: string[] = [];
      const inside = when === 'in the middle of an attempt';
      const saga = defineSaga(events, 'total', { input: empty }).step('a', {
        retry: steady(50),
        timeout: '1m',
        totalTimeout: '10s',
        ...(when === 'of a step without an intent'
          ? { intent: false as const }
          : { compensate: ({ outcome }: { outcome: string }) => void log.push(outcome) }),
        run: ({ attempt, signal }: { attempt: number; signal: AbortSignal }) =>
          attempt === 3 && inside ? untilCancelled(signal) : Promise.reject(new Error('not now')),
      } as never);
      await withSagas(
        makeStore,
        [saga],
        async (sagas, runtime) => {
          const startedAt = runtime.clock.now();
          const id = await sagas.startSaga('total', {});
          expect(await after(runtime, 20_000, sagas.result(id))).toMatchObject({
            code: 'SAGA_COMPENSATED',
            details: { step: 'a', failure: { code: 'SAGA_STEP_TIMEOUT', details: { step: 'a', totalTimeoutMs: 10_000 } } },
          });
          const { at = 0 } = (await sagas.history(id)).find(({ what }) => what === 'failed') ?? {};
          expect(at - startedAt).toBeGreaterThanOrEqual(10_000);
          expect(at - startedAt).toBeLessThan(10_020);
          if (when !== 'of a step without an intent') expect(log).toEqual([inside ? 'unknown' : 'failed']);
        },
        { amnesia },
      );
    },
  );

  it('of the wait for the business key: the saga ends with nothing done', async () => {
    const log: string[] = [];
    const saga = defineSaga(events, 'locked', { input: z.object({ n: z.number() }), concurrencyKey: () => 'k', lockWait: '5s' }).step('a', {
      timeout: '1h',
      run: ({ input: { n }, signal }) => {
        log.push(`run ${n}`);
        return untilCancelled(signal);
      },
      compensate: ({ input: { n } }) => void log.push(`undo ${n}`),
    });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const startedAt = runtime.clock.now();
        await sagas.startSaga('locked', { n: 1 });
        const id = await sagas.startSaga('locked', { n: 2 });
        expect((await sagas.get(id)).waiting).toEqual({ for: 'key', until: startedAt + 5_000 });
        expect(await after(runtime, 6_000, sagas.result(id))).toMatchObject({
          code: 'SAGA_COMPENSATED',
          details: { failure: { code: 'SAGA_WAIT_TIMEOUT', details: { key: 'k' } } },
        });
        const view = await sagas.get(id);
        expect([log, view.steps]).toEqual([['run 1'], []]);
        expect((view.endedAt ?? 0) - startedAt).toBeLessThan(5_050);
        expect((view.endedAt ?? 0) - startedAt).toBeGreaterThanOrEqual(5_000);
      },
      { amnesia },
    );
  });

  it.each([
    ['in the middle of a step', 'step'],
    ['between two attempts', 'pause'],
    ['in a sleep', 'sleep'],
    ['while it waits for the business key', 'key'],
  ])('of the saga, %s: it goes forward no more and is undone', async (_when, where) => {
    const log: string[] = [];
    const saga = defineSaga(events, 'timed', { input: empty, timeout: '30s', concurrencyKey: () => 'k' })
      .step('a', { run: () => 1, compensate: ({ outcome }) => void log.push(`a ${outcome}`) })
      .sleep('nap', where === 'sleep' ? '1h' : '1s')
      .step('b', {
        timeout: '1h',
        retry: steady(9, '1m'),
        run: ({ signal }) => (where === 'pause' ? Promise.reject(new Error('not now')) : untilCancelled(signal)),
        compensate: ({ outcome }) => void log.push(`b ${outcome}`),
      })
      .step('c', { run: () => void log.push('c') });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        if (where === 'key') await sagas.startSaga('timed', {}, { id: 'holder' });
        await runtime.clock.advance(where === 'key' ? 20_000 : 0);
        const holder = where === 'key' ? await sagas.get('holder') : undefined;
        const startedAt = runtime.clock.now();
        const id = await sagas.startSaga('timed', {});
        expect(await after(runtime, 31_000, sagas.result(id))).toMatchObject({
          code: 'SAGA_COMPENSATED',
          details: { failure: { code: 'SAGA_TIMEOUT', details: { saga: 'timed' } } },
        });
        const { endedAt = 0, deadline } = await sagas.get(id);
        expect(deadline).toBe(startedAt + 30_000);
        expect(endedAt - startedAt).toBeGreaterThanOrEqual(30_000);
        expect(endedAt - startedAt).toBeLessThan(30_100);
        const undone = { step: ['b unknown', 'a done'], pause: ['b failed', 'a done'], sleep: ['a done'], key: ['b unknown', 'a done'] };
        expect(holder === undefined || holder.status === 'running').toBe(true);
        expect(log.slice(0, 2)).toEqual(undone[where as keyof typeof undone]);
      },
      { amnesia },
    );
  });

  it('of a saga that is queued for longer than its time comes while it is queued', async () => {
    const saga = defineSaga(events, 'queued', { input: z.object({ first: z.boolean() }), timeout: '30s', concurrencyKey: () => 'k' })
      .pivot('pay', { run: () => 1 })
      .step('a', { kind: 'retriable', timeout: '1h', run: () => forEver() });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        await sagas.startSaga('queued', { first: true });
        const id = await sagas.startSaga('queued', { first: false });
        expect(await after(runtime, 31_000, sagas.result(id))).toMatchObject({ details: { failure: { code: 'SAGA_TIMEOUT' } } });
        expect((await sagas.get(id)).steps).toEqual([]);
      },
      { amnesia },
    );
  });

  it('of the saga leaves undo alone, which has no deadline', async () => {
    const saga = defineSaga(events, 'patient', { input: empty, timeout: '5s' })
      .step('a', {
        run: () => 1,
        undoRetry: steady(10, '10s'),
        compensate: ({ attempt }) => {
          if (attempt < 3) throw new Error('not yet');
        },
      })
      .step('b', { retry: once, run: () => Promise.reject(terminal('no')) });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('patient', {});
        expect(await after(runtime, 35_000, sagas.result(id))).toMatchObject({
          code: 'SAGA_COMPENSATED',
          details: { failure: { code: 'SAGA_TERMINAL' } },
        });
      },
      { amnesia },
    );
  });
});
