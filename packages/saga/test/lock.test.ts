import { sleep } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { defineSaga, SagaOrchestrator, terminal } from '@tutti/saga';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { after, events, modes, once, stopped, withSagas } from './engine.ts';

const input = z.object({ doc: z.string(), n: z.number() });

/** Works for a second on a document. */
function named<N extends string>(name: N, log: string[], whenLocked: 'queue' | 'reject' | 'join') {
  return defineSaga(events, name, { input, concurrencyKey: ({ doc }) => doc, whenLocked }).step('a', {
    retry: once,
    run: async ({ input: { n }, call }) => {
      log.push(`begin ${n}`);
      await sleep(call.runtime.clock, 1_000);
      log.push(`end ${n}`);
      if (n < 0) throw terminal('no');
      return n;
    },
    compensate: async ({ input: { n }, call }) => {
      await sleep(call.runtime.clock, 1_000);
      log.push(`undone ${n}`);
    },
  });
}

const working = (log: string[], whenLocked: 'queue' | 'reject' | 'join') => named('work', log, whenLocked);

describe.each(modes)('sagas of one business key on %s', (_name, makeStore, amnesia) => {
  it('are queued in the order of their starts, and one that is undone keeps the key until that is over', async () => {
    const log: string[] = [];
    await withSagas(
      makeStore,
      [working(log, 'queue')],
      async (sagas, runtime) => {
        const ids = [];
        for (const n of [1, -2, 3]) ids.push(await sagas.startSaga('work', { doc: 'd', n }));
        await sagas.startSaga('work', { doc: 'other', n: 9 });
        expect(await Promise.all(ids.map(async (id) => (await sagas.get(id)).status))).toEqual(['running', 'queued', 'queued']);
        expect((await sagas.get(ids[1] as string)).steps).toEqual([]);
        await after(runtime, 8_000, Promise.all(ids.map((id) => sagas.result(id).catch(() => 0))));
        const own = log.filter((line) => !line.endsWith('9'));
        expect(own).toEqual(['begin 1', 'end 1', 'begin -2', 'end -2', 'undone -2', 'begin 3', 'end 3']);
        expect(log.slice(0, 2)).toEqual(['begin 1', 'begin 9']);
        // the step of one that was queued has all its attempts
        expect((await sagas.get(ids[2] as string)).steps).toMatchObject([{ attempts: 1, status: 'done' }]);
      },
      { amnesia },
    );
  });

  it('are refused where the definition says so, and can be started when the first is over', async () => {
    await withSagas(
      makeStore,
      [working([], 'reject')],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('work', { doc: 'd', n: 1 });
        await expect(sagas.startSaga('work', { doc: 'd', n: 2 }, { id: 'second' })).rejects.toMatchObject({
          code: 'SAGA_LOCKED',
          retryable: true,
          details: { key: 'd', holder: id },
        });
        expect(await sagas.startSaga('work', { doc: 'd', n: 1 }, { id })).toBe(id);
        await expect(sagas.get('second')).rejects.toMatchObject({ code: 'SAGA_NOT_FOUND' });
        await after(runtime, 2_500, sagas.result(id));
        expect(await sagas.startSaga('work', { doc: 'd', n: 2 }, { id: 'second' })).toBe('second');
      },
      { amnesia },
    );
  });

  it('join the one that has the key where the definition says so', async () => {
    await withSagas(
      makeStore,
      [working([], 'join')],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('work', { doc: 'd', n: 1 });
        const joined = await sagas.startSaga('work', { doc: 'd', n: 2 });
        expect(joined).toBe(id);
        expect(await after(runtime, 2_500, sagas.result(joined))).toEqual(undefined);
        expect((await sagas.get(id)).input).toEqual({ doc: 'd', n: 1 });
      },
      { amnesia },
    );
  });

  it('do not meet those of another name', async () => {
    await withSagas(
      makeStore,
      [working([], 'queue'), named('other', [], 'queue')],
      async (sagas) => {
        const ids = [await sagas.startSaga('work', { doc: 'd', n: 1 }), await sagas.startSaga('other', { doc: 'd', n: 2 })];
        expect(await Promise.all(ids.map(async (id) => (await sagas.get(id)).status))).toEqual(['running', 'running']);
      },
      { amnesia },
    );
  });

  it('keep the key while they are parked', async () => {
    const saga = defineSaga(events, 'stuck', { input, concurrencyKey: ({ doc }) => doc })
      .pivot('a', { run: () => 1 })
      .step('b', { kind: 'retriable', retry: once, run: ({ input: { n } }) => (n === 1 ? Promise.reject(terminal('no')) : n) });
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const [one, two] = [await sagas.startSaga('stuck', { doc: 'd', n: 1 }), await sagas.startSaga('stuck', { doc: 'd', n: 2 })];
        await runtime.clock.advance(3_600_000);
        expect([(await sagas.get(one)).status, (await sagas.get(two)).status]).toEqual(['stuck', 'queued']);
      },
      { amnesia, scan: '1m', lease: '10m' },
    );
  });

  it('never overlap, whatever comes when and to which worker', { timeout: 120_000 }, async () => {
    const arrival = fc.record({ at: fc.nat(4_000), doc: fc.constantFrom('a', 'b'), fails: fc.boolean(), worker: fc.nat(1) });
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { minLength: 2, maxLength: 6 }), async (arrivals) => {
        const log: string[] = [];
        const runtime = testRuntime();
        const store = makeStore();
        const saga = working(log, 'queue');
        const workers = [0, 1].map(() => new SagaOrchestrator({ store, runtime, sagas: [saga], amnesia }));
        for (const worker of workers) await worker.start();
        const started = arrivals.map(async ({ at, doc, fails, worker }, index) => {
          await sleep(runtime.clock, at);
          await workers[worker]?.startSaga('work', { doc, n: (index + 1) * (fails ? -1 : 1) });
        });
        await runtime.clock.advance(30_000);
        await Promise.all(started);
        const ended = new Set<string>();
        for (const doc of ['a', 'b']) {
          const own = log.filter((line) => arrivals[Math.abs(Number(line.split(' ')[1])) - 1]?.doc === doc);
          const order = own.map((line) => line.split(' ')[1] as string);
          expect(order).toEqual([...order].sort((a, b) => order.indexOf(a) - order.indexOf(b))); // no two interleave
          for (const n of order) ended.add(n);
        }
        expect(ended.size).toBe(arrivals.length);
        await stopped(runtime, ...workers);
      }),
      { numRuns: 15 },
    );
  });
});
