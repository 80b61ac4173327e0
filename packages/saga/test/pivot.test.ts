import { testRuntime } from '@tutti/core/testing';
import { defineSaga, terminal } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { after, empty, events, forEver, modes, mortalWorker, once, steady, stopped, withSagas } from './engine.ts';

const ada = { actor: 'ada', reason: 'the bank is back' };

/** Reserve, pay (the pivot), send. What `pay` and `send` do is up to the test. */
function order(
  log: string[],
  {
    pay = () => undefined,
    send = () => undefined,
    ...settings
  }: {
    readonly pay?: (attempt: number, signal: AbortSignal) => unknown;
    readonly send?: (attempt: number) => unknown;
    readonly payRetry?: ReturnType<typeof steady>;
    readonly sendRetry?: ReturnType<typeof steady>;
    readonly timeout?: '1m';
  },
) {
  return defineSaga(events, 'order', { input: empty, ...(settings.timeout && { timeout: settings.timeout }) })
    .step('reserve', { run: () => void log.push('reserve'), compensate: () => void log.push('undo reserve') })
    .pivot('pay', {
      retry: settings.payRetry ?? once,
      timeout: '5s',
      run: ({ attempt, signal }) => {
        log.push(`pay ${attempt}`);
        return pay(attempt, signal);
      },
    })
    .step('send', {
      kind: 'retriable',
      retry: settings.sendRetry ?? steady(4),
      run: ({ attempt }) => {
        log.push(`send ${attempt}`);
        return send(attempt);
      },
    });
}

describe.each(modes)('the pivot on %s', (_name, makeStore, amnesia) => {
  it('that refuses has everything before it undone', async () => {
    const log: string[] = [];
    await withSagas(
      makeStore,
      [order(log, { pay: () => Promise.reject(terminal('no money')) })],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('order', {});
        expect(await after(runtime, 2_000, sagas.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED', details: { step: 'pay' } });
        expect(log).toEqual(['reserve', 'pay 1', 'undo reserve']);
      },
      { amnesia },
    );
  });

  it('that is done is never undone: what comes after it is tried until it is mended', async () => {
    const log: string[] = [];
    const send = (attempt: number): void => {
      if (attempt < 4) throw new Error('the post is closed');
    };
    await withSagas(
      makeStore,
      [order(log, { send })],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('order', {});
        expect(await after(runtime, 10_000, sagas.result(id))).toBeUndefined();
        expect(log).toEqual(['reserve', 'pay 1', 'send 1', 'send 2', 'send 3', 'send 4']);
        expect((await sagas.get(id)).status).toBe('completed');
      },
      { amnesia },
    );
  });

  it('has the saga stuck when what comes after it fails for good, and going on when somebody asks', async () => {
    const log: string[] = [];
    let broken = true;
    const send = (): void => {
      if (broken) throw terminal('wrong address');
    };
    await withSagas(
      makeStore,
      [order(log, { send })],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('order', {});
        expect(await after(runtime, 2_000, sagas.result(id))).toMatchObject({ code: 'SAGA_STUCK', details: { step: 'send' } });
        const stuck = await sagas.get(id);
        expect(stuck).toMatchObject({ status: 'stuck', failure: { step: 'send', message: 'wrong address' } });
        expect(stuck.verbs.map(({ verb }) => verb)).toEqual(['retry']);
        await expect(sagas.cancel(id, ada)).rejects.toMatchObject({ code: 'SAGA_REQUEST_REFUSED' });
        broken = false;
        await sagas.retry(id, ada);
        expect(await after(runtime, 2_000, sagas.result(id))).toBeUndefined();
        const done = await sagas.get(id);
        expect([done.status, done.failure]).toEqual(['completed', undefined]);
        expect(log).toEqual(['reserve', 'pay 1', 'send 1', 'send 1']);
      },
      { amnesia },
    );
  });

  it('is stuck after its budget of attempts, and gets all of them again', async () => {
    const log: string[] = [];
    const send = (): never => {
      throw new Error('not now');
    };
    await withSagas(
      makeStore,
      [order(log, { send, sendRetry: steady(3) })],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('order', {});
        await after(runtime, 10_000, sagas.result(id));
        expect((await sagas.get(id)).status).toBe('stuck');
        await sagas.retry(id, ada);
        await runtime.clock.advance(10_000);
        expect((await sagas.get(id)).status).toBe('stuck');
        expect(log.filter((line) => line.startsWith('send'))).toEqual(['send 1', 'send 2', 'send 3', 'send 1', 'send 2', 'send 3']);
      },
      { amnesia },
    );
  });

  it('has all steps of a group tried again that failed side by side', async () => {
    let broken = true;
    const post = () => {
      if (broken) throw terminal('closed');
    };
    const saga = defineSaga(events, 'both', { input: empty })
      .pivot('pay', { run: () => 1 })
      .parallel((both) => both.step('send', { kind: 'retriable', run: post }).step('tell', { kind: 'retriable', run: post }));
    await withSagas(
      makeStore,
      [saga],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('both', {});
        await after(runtime, 2_000, sagas.result(id));
        expect((await sagas.get(id)).verbs).toEqual([{ verb: 'retry', effect: "tries 'send', 'tell' again, with all attempts" }]);
        broken = false;
        await sagas.retry(id, ada);
        expect(await after(runtime, 2_000, sagas.result(id))).toBeUndefined();
        expect((await sagas.get(id)).status).toBe('completed');
      },
      { amnesia },
    );
  });

  it('that went silent is stuck, as it may be done; when it then says no, everything is undone', async () => {
    const log: string[] = [];
    let says: 'nothing' | 'no' = 'nothing';
    const pay = (): unknown => (says === 'nothing' ? forEver() : Promise.reject(terminal('no money')));
    await withSagas(
      makeStore,
      [order(log, { pay, payRetry: steady(2) })],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('order', {});
        expect(await after(runtime, 13_000, sagas.result(id))).toMatchObject({ code: 'SAGA_STUCK', details: { step: 'pay' } });
        expect(log).toEqual(['reserve', 'pay 1', 'pay 2']);
        says = 'no';
        await sagas.retry(id, ada);
        expect(await after(runtime, 2_000, sagas.result(id))).toMatchObject({ code: 'SAGA_COMPENSATED' });
        expect(log.slice(3)).toEqual(['pay 1', 'undo reserve']);
      },
      { amnesia },
    );
  });

  it('that was silent once and then says no with errors of its own is stuck when its attempts are over', async () => {
    const pay = (attempt: number): unknown => (attempt === 1 ? forEver() : Promise.reject(new Error('try later')));
    await withSagas(
      makeStore,
      [order([], { pay, payRetry: steady(3) })],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('order', {});
        expect(await after(runtime, 15_000, sagas.result(id))).toMatchObject({ code: 'SAGA_STUCK', details: { step: 'pay' } });
      },
      { amnesia },
    );
  });

  it.each(['the deadline of the saga', 'a request to cancel'])('that was silent once is not left alone by %s: it decides', async (what) => {
    const log: string[] = [];
    const pay = (attempt: number): unknown => (attempt === 1 ? forEver() : 'paid');
    const timed = what === 'the deadline of the saga';
    await withSagas(
      makeStore,
      [order(log, { pay, payRetry: steady(2, '2m' as '2m'), ...(timed && { timeout: '1m' }) })],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('order', {});
        await runtime.clock.advance(10_000);
        expect((await sagas.get(id)).waiting).toMatchObject({ for: 'attempt', step: 'pay' });
        if (!timed) await sagas.cancel(id, ada);
        expect(await after(runtime, 180_000, sagas.result(id))).toBeUndefined();
        expect(log).toEqual(['reserve', 'pay 1', 'pay 2', 'send 1']);
      },
      { amnesia },
    );
  });

  it('of which it is known that it failed is not tried again after a request to cancel', async () => {
    const log: string[] = [];
    const pay = (): unknown => Promise.reject(new Error('not now'));
    await withSagas(
      makeStore,
      [order(log, { pay, payRetry: steady(5, '1m') })],
      async (sagas, runtime) => {
        const id = await sagas.startSaga('order', {});
        await runtime.clock.advance(10_000);
        await sagas.cancel(id, ada);
        expect(await after(runtime, 2_000, sagas.result(id))).toMatchObject({
          code: 'SAGA_COMPENSATED',
          details: { failure: { code: 'SAGA_CANCELLED' } },
        });
        expect(log).toEqual(['reserve', 'pay 1', 'undo reserve']);
      },
      { amnesia },
    );
  });

  it('whose worker died is tried again after the deadline of the saga, and decides', async () => {
    const log: string[] = [];
    const runtime = testRuntime();
    const store = makeStore();
    const saga = order(log, { pay: (attempt) => (attempt === 1 ? forEver() : 'paid'), payRetry: steady(2), timeout: '1m' });
    const first = await mortalWorker(runtime, store, [saga], { amnesia });
    const id = await first.sagas.startSaga('order', {});
    await runtime.clock.advance(1_000);
    first.end();
    await runtime.clock.advance(70_000);
    const heir = await mortalWorker(runtime, store, [saga], { amnesia });
    expect(await after(runtime, 5_000, heir.sagas.result(id))).toBeUndefined();
    expect(log).toEqual(['reserve', 'pay 1', 'pay 2', 'send 1']);
    await stopped(runtime, heir.sagas);
  });
});
