import { Call, everyTenant } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { defineSaga, memoryStore, SagaOrchestrator, terminal } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { after, empty, events, forEver, modes, steady, untilCancelled, withSagas } from './engine.ts';

const trip = defineSaga(events, 'trip', { input: z.object({ to: z.string() }) })
  .step('flight', { run: ({ input }) => `to ${input.to}`, compensate: () => undefined })
  .step('hotel', {
    retry: steady(3),
    run: ({ attempt, input }) => {
      if (attempt === 1) throw new Error('not now');
      if (input.to === 'Rome') throw terminal('full');
      return 'booked';
    },
  })
  .returns(({ results }) => `${results.flight}, ${results.hotel}`);
const slow = defineSaga(events, 'slow', { input: empty }).step('a', { timeout: '1h', run: () => forEver() });

describe.each(modes)('what is known of sagas on %s', (_name, makeStore, amnesia) => {
  it('is their whole history: intents, attempts, outcomes, undos, who and when', async () => {
    await withSagas(
      makeStore,
      [trip],
      async (sagas, runtime) => {
        const startedAt = runtime.clock.now();
        const id = await sagas.startSaga('trip', { to: 'Rome' });
        await after(runtime, 3_000, sagas.result(id));
        const history = await sagas.history(id);
        expect(history.map(({ what, step, attempt }) => [what, step, attempt].filter((part) => part !== undefined).join(' '))).toEqual([
          'started',
          'intent flight 1',
          'done flight 1',
          'intent hotel 1',
          'attempt-failed hotel 1',
          'intent hotel 2',
          'failed hotel 2',
          'compensating hotel',
          'undo-intent flight 1',
          'undone flight 1',
          'compensated',
        ]);
        expect(history.map(({ seq }) => seq)).toEqual(history.map((_, index) => index + 1));
        expect(history.map(({ at }) => at)).toEqual(history.map(({ at }) => at).toSorted((a, b) => a - b));
        expect(new Set(history.map(({ worker }) => worker)).size).toBe(1);
        expect(history.find(({ what }) => what === 'attempt-failed')).toMatchObject({
          failure: { code: 'ERROR', message: 'not now' },
          until: startedAt + 1_000,
        });
        expect(history.find(({ what }) => what === 'done')).toMatchObject({ result: 'to Rome' });
        const fences = history.map(({ fence }) => fence);
        expect(fences).toEqual(fences.toSorted((a, b) => a - b));
        if (amnesia) expect(fences.at(-1)).toBeGreaterThan(3);
      },
      { amnesia },
    );
  });

  it('is for a tenant only what is its own, by whatever id it asks', async () => {
    await withSagas(
      makeStore,
      [trip, slow],
      async (sagas, runtime) => {
        const callOf = (tenant: string): Call => Call.root({ runtime, tenant });
        const own = await sagas.startSaga('trip', { to: 'Oslo' }, { call: callOf('acme') });
        const others = await sagas.startSaga('slow', {}, { call: callOf('umbrella') });
        const nobodys = await sagas.startSaga('slow', {});
        await after(runtime, 3_000, sagas.result(own));
        const acme = sagas.forTenant('acme');
        expect(await acme.result(await acme.find('trip', String(own)))).toBe('to Oslo, booked');
        expect(await acme.get(own)).toMatchObject({ id: own, tenant: 'acme' });
        expect((await acme.history(own)).length).toBeGreaterThan(3);
        expect((await acme.list({ limit: 10 })).items.map(({ id }) => id)).toEqual([own]);
        const by = { actor: 'acme', reason: 'curious' };
        for (const id of [others, nobodys]) {
          const asked = [
            () => acme.get(id),
            () => acme.history(id),
            () => acme.find('slow', id),
            () => acme.result(id),
            () => acme.cancel(id, by),
            () => acme.retry(id, by),
            () => acme.skip(id, 'a', by),
          ];
          for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: 'SAGA_NOT_FOUND' });
          expect(await sagas.get(id)).toMatchObject({ status: 'running' });
        }
        expect(() => sagas.forTenant('')).toThrowError('sagas.forTenant must be a non-empty string');
        // @ts-expect-error whose sagas cannot be left out
        await expect(sagas.list({ limit: 10 })).rejects.toThrowError('sagas.list.tenant is missing');
        await Promise.all([others, nobodys].map((id) => sagas.cancel(id, by)));
        await runtime.clock.advance(1_000);
      },
      { amnesia },
    );
  });

  it('can be found, listed and counted', async () => {
    await withSagas(
      makeStore,
      [trip, slow],
      async (sagas, runtime) => {
        const call = Call.root({ runtime, tenant: 'acme' });
        const ids = [await sagas.startSaga('trip', { to: 'Oslo' }, { call }), await sagas.startSaga('trip', { to: 'Rome' })];
        const running = await sagas.startSaga('slow', {});
        expect(await after(runtime, 3_000, sagas.result(ids[0] as (typeof ids)[0]))).toBe('to Oslo, booked');
        const found = await sagas.find('trip', String(ids[0]));
        expect(await sagas.result(found)).toBe('to Oslo, booked');
        await expect(sagas.find('slow', String(ids[0]))).rejects.toMatchObject({ code: 'SAGA_NOT_FOUND' });
        const listed = async (query: object): Promise<readonly string[]> =>
          (await sagas.list({ tenant: everyTenant, limit: 10, ...query })).items.map(({ id }) => id);
        expect((await listed({})).toSorted()).toEqual([...ids, running].toSorted());
        expect(await listed({ status: 'compensated' })).toEqual([ids[1]]);
        expect(await listed({ saga: 'slow' })).toEqual([running]);
        expect(await listed({ tenant: 'acme' })).toEqual([ids[0]]);
        const { counts, unpublished } = await sagas.stats();
        expect(counts.map(({ saga, status, count }) => `${saga} ${status} ${count}`).toSorted()).toEqual([
          'slow running 1',
          'trip compensated 1',
          'trip completed 1',
        ]);
        expect(unpublished).toBe(0);
        expect(sagas.durability().acknowledged).toMatch(/[a-z ]+\.$/);
      },
      { amnesia },
    );
  });

  it('is waited for no longer than the caller wants', async () => {
    await withSagas(
      makeStore,
      [slow],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('slow', {});
        const call = Call.root({ runtime });
        const waiting = sagas.result(id, call);
        await runtime.clock.advance(100);
        call.cancel(new Error('the caller left'));
        await expect(waiting).rejects.toThrowError('the caller left');
        const bounded = sagas.result(id, Call.root({ runtime, deadline: runtime.clock.now() + 2_000 }));
        expect(await after(runtime, 2_100, bounded)).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      },
      { amnesia },
    );
  });
});

describe('an orchestrator that does not run', () => {
  it('says so', async () => {
    const sagas = new SagaOrchestrator({ store: memoryStore(), sagas: [slow], runtime: testRuntime() });
    for (const ask of [() => sagas.startSaga('slow', {}), () => sagas.get('a'), () => sagas.retry('a', { actor: 'a', reason: 'b' })])
      await expect(ask()).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    expect(() => sagas.durability()).toThrowError(/sagas/);
  });
});

describe('an orchestrator that is looked at', () => {
  it('acts as an operator asks it to', async () => {
    const heeding = defineSaga(events, 'heeding', { input: empty }).step('a', { run: ({ signal }) => untilCancelled(signal) });
    await withSagas(memoryStore, [heeding], async (sagas, runtime) => {
      const id = await sagas.startSaga('heeding', {});
      const act = (name: string, target: string) =>
        sagas
          .actions()
          .find((action) => action.name === name)
          ?.run({ target, actor: 'ada', reason: 'because' });
      await expect(act('skip', `${id}/a`)).rejects.toMatchObject({ code: 'SAGA_REQUEST_REFUSED', details: { verb: "skip 'a'" } });
      expect(await act('cancel', id)).toEqual({ asked: id });
      await runtime.clock.advance(1_000);
      expect((await sagas.get(id)).status).toBe('compensated');
    });
  });
});
