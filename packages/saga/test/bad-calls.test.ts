import { everyTenant, TuttiError } from '@tutti/core';
import { defineSaga, type SagaId, type SagaListQuery, type StartOptions } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { after, empty, events, modes, once, withSagas } from './engine.ts';

const trip = defineSaga(events, 'trip', { input: z.object({ key: z.unknown() }), concurrencyKey: ({ key }) => key as string }).step('a', {
  run: () => 1,
});

const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const spec = { retryable: false, message: () => 'mine' };
const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;

describe.each(modes)('calls that are wrong on %s', (_name, makeStore, amnesia) => {
  it.each<[unknown, RegExp]>([
    [null, /sagas\.startSaga must be an object, got null/],
    [{ ID: 'x' }, /sagas\.startSaga\.ID is not an option; known are id, call/],
    [{ id: '' }, /sagas\.startSaga\.id must be well-formed text of 1 to 512 characters, got 0/],
    [{ id: 7 }, /sagas\.startSaga\.id must be well-formed text of 1 to 512 characters, got 7/],
    [{ id: 'x'.repeat(513) }, /got 513/],
    [{ id: 'a\0b' }, /sagas\.startSaga\.id must have no zero character/],
    [{ id: '\ud800' }, /sagas\.startSaga\.id must be well-formed text/],
    [{ call: {} }, /sagas\.startSaga\.call must be a Call, got an object without detach/],
  ])('nothing is started with the options %o', async (options, problem) => {
    await withSagas(
      makeStore,
      [trip],
      async (sagas) => {
        await expect(sagas.startSaga('trip', { key: 'k' }, options as StartOptions)).rejects.toThrowError(problem);
        expect((await sagas.list({ tenant: everyTenant, limit: 10 })).items).toEqual([]);
      },
      { amnesia },
    );
  });

  it.each([undefined, null, 7, '', 'a\0', 'x'.repeat(600), '\udfff'])('nothing is started under the business key %o', async (key) => {
    await withSagas(
      makeStore,
      [trip],
      async (sagas) => {
        const started = sagas.startSaga('trip', { key });
        await expect(started).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', details: { path: 'trip.concurrencyKey' } });
        expect((await sagas.list({ tenant: everyTenant, limit: 10 })).items).toEqual([]);
      },
      { amnesia },
    );
  });

  it.each<[unknown, string]>([
    [undefined, 'sagas.list.tenant is missing'],
    [{ limit: 1 }, 'sagas.list.tenant is missing'],
    [{ tenant: '', limit: 1 }, "sagas.list.tenant must be the id of a tenant, or everyTenant, got ''"],
    [{ tenant: everyTenant }, 'sagas.list.limit is missing'],
    [null, 'sagas.list must be an object, got null'],
    [{ tenant: everyTenant, limit: -1 }, 'sagas.list.limit must be a whole number from 1 to 1000, got -1'],
    [{ tenant: everyTenant, limit: 1_001 }, 'sagas.list.limit must be a whole number from 1 to 1000, got 1001'],
    [{ tenant: everyTenant, limit: '5' }, "sagas.list.limit must be a whole number from 1 to 1000, got '5'"],
    [{ tenant: everyTenant, limit: 1, status: 'done' }, 'sagas.list.status must be'],
    [{ tenant: everyTenant, limit: 1, state: 'running' }, 'sagas.list.state is not an option'],
    [{ tenant: everyTenant, limit: 1, after: 'nonsense' }, 'list.after must be the next of a page before'],
  ])('no list for the query %o', async (query, problem) => {
    await withSagas(
      makeStore,
      [trip],
      async (sagas) => {
        await expect(sagas.list(query as SagaListQuery)).rejects.toThrowError(problem);
      },
      { amnesia },
    );
  });

  it.each([undefined, null, 7, '', 'a\0b', 'x'.repeat(10_000), '\ud800', {}])('there is no saga with the id %o', async (odd) => {
    await withSagas(
      makeStore,
      [trip],
      async (sagas) => {
        const id = odd as SagaId;
        const by = { actor: 'ops', reason: 'a test' };
        const asked = [
          () => sagas.get(id),
          () => sagas.history(id),
          () => sagas.find('trip', id),
          () => sagas.result(id),
          () => sagas.cancel(id, by),
          () => sagas.retry(id, by),
          () => sagas.skip(id, 'a', by),
        ];
        for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: 'SAGA_NOT_FOUND' });
      },
      { amnesia },
    );
  });

  it.each<[string, unknown]>([
    ['a revoked proxy', revoked()],
    ['an object without a prototype', Object.create(null)],
    ['nothing', undefined],
    ['an error with cyclic details', new TuttiError('MINE', cyclic, spec)],
    ['an error with a bigint', new TuttiError('MINE', { n: 1n }, spec)],
  ])('a step that throws %s is undone as any other', async (_what, thrown) => {
    const odd = defineSaga(events, 'odd', { input: empty })
      .step('a', { run: () => 1, compensate: () => undefined })
      .step('b', {
        retry: once,
        run: () => {
          throw thrown;
        },
      });
    await withSagas(
      makeStore,
      [odd],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('odd', {});
        expect(await after(runtime, 1_000, sagas.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED' });
        expect(await sagas.get(id)).toMatchObject({ status: 'compensated' });
      },
      { amnesia },
    );
  });
});
