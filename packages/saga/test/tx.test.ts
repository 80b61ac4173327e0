import { coreError } from '@tutti/core';
import { type SqliteDatabase, sqliteDatabase } from '@tutti/core/sqlite';
import { type TestRuntime, testRuntime } from '@tutti/core/testing';
import { type AnySaga, defineSaga, memoryStore, SagaOrchestrator, type SagaStore, terminal } from '@tutti/saga';
import { sqliteStore } from '@tutti/saga/sqlite';
import { describe, expect, it } from 'vitest';
import { after, empty, events, forEver, steady, stopped, untilCancelled } from './engine.ts';

interface Bank {
  readonly runtime: TestRuntime;
  readonly database: SqliteDatabase;
  readonly store: SagaStore;
  rows(): Promise<readonly string[]>;
  run(
    saga: AnySaga,
    ms: number,
    store?: SagaStore,
  ): Promise<{ readonly outcome: unknown; readonly sagas: SagaOrchestrator<readonly AnySaga[]>; readonly id: string }>;
}

async function bank(amnesia: boolean): Promise<Bank> {
  const runtime = testRuntime();
  const database = sqliteDatabase({ path: ':memory:' });
  await database.start();
  await database.migrate('bank', [
    'CREATE TABLE bookings (no INTEGER PRIMARY KEY, saga TEXT NOT NULL)',
    'CREATE TABLE accounts (id TEXT PRIMARY KEY, version INTEGER)',
  ]);
  await database.write({ name: 'seed', statements: [{ sql: "INSERT INTO accounts VALUES ('a', 1)", values: [] }] });
  const store = sqliteStore({ database });
  return {
    runtime,
    database,
    store,
    rows: async () => (await database.read('SELECT saga FROM bookings ORDER BY no')).map((row) => String(row['saga'])),
    async run(saga, ms, own = store) {
      const sagas = new SagaOrchestrator({ store: own, runtime, sagas: [saga], amnesia });
      await sagas.start();
      const id = await sagas.startSaga(saga.name, {}, { id: 'one' });
      const outcome = await after(runtime, ms, sagas.result(id));
      await stopped(runtime, sagas);
      return { outcome, sagas, id };
    },
  };
}

const book = 'INSERT INTO bookings (saga) VALUES (?)';

describe.each([false, true])('a step in the transaction of its outcome (amnesia: %s)', (amnesia) => {
  it('has its effect once, with its outcome, and takes it back with the note that it is undone', async () => {
    const own = await bank(amnesia);
    const made = (refuse: boolean): AnySaga =>
      defineSaga(events, refuse ? 'undone' : 'done', { input: empty })
        .tx('book', {
          run: ({ tx, sagaId }) => {
            tx.write(book, [sagaId], { expectedRows: 1 });
            return 1;
          },
          compensate: ({ tx, sagaId, outcome }) =>
            tx.write('DELETE FROM bookings WHERE saga = ?', [sagaId], { expectedRows: outcome === 'done' ? 1 : 0 }),
        })
        .step('b', { run: () => (refuse ? Promise.reject(terminal('no')) : 2) });
    expect((await own.run(made(false), 1_000)).outcome).toBeUndefined();
    expect(await own.rows()).toEqual(['one']);
    const other = await bank(amnesia);
    expect((await other.run(made(true), 1_000)).outcome).toMatchObject({ code: 'SAGA_COMPENSATED', details: { step: 'b' } });
    expect(await other.rows()).toEqual([]);
  });

  it('is tried again when it met a conflict, with nothing written of the attempt before', async () => {
    const own = await bank(amnesia);
    const seen: number[] = [];
    const saga = defineSaga(events, 'conflict', { input: empty }).tx('book', {
      retry: steady(5),
      run: async ({ tx, sagaId, attempt }) => {
        const [row] = await own.database.read("SELECT version FROM accounts WHERE id = 'a'");
        seen.push(attempt);
        const version = attempt < 3 ? 99 : Number(row?.['version']); // somebody was faster
        tx.write(book, [sagaId]);
        tx.write("UPDATE accounts SET version = version + 1 WHERE id = 'a' AND version = ?", [version], { expectedRows: 1 });
      },
    });
    const { outcome, sagas } = await own.run(saga, 10_000);
    expect([outcome, seen, await own.rows()]).toEqual([undefined, [1, 2, 3], ['one']]);
    void sagas;
    const [row] = await own.database.read("SELECT version FROM accounts WHERE id = 'a'");
    expect(row?.['version']).toBe(2);
  });

  it('that the database refuses fails for good, and leaves nothing', async () => {
    const own = await bank(amnesia);
    const saga = defineSaga(events, 'refused', { input: empty }).tx('book', {
      run: ({ tx, sagaId }) => {
        tx.write(book, [sagaId]);
        tx.write('INSERT INTO nowhere VALUES (1)');
      },
    });
    expect((await own.run(saga, 1_000)).outcome).toMatchObject({
      code: 'SAGA_COMPENSATED',
      details: { failure: { code: 'SAGA_TX_REFUSED' } },
    });
    expect(await own.rows()).toEqual([]);
  });

  it('is not executed twice when the answer of the store was lost, even when the store then says nothing for a while', async () => {
    const own = await bank(amnesia);
    let silent = 0;
    const lost = (): Error => coreError('STORE_UNAVAILABLE', { store: 'x', problem: 'away' });
    const losing = new Proxy(own.store, {
      get(target, key) {
        if (key === 'checkpoint')
          return async (checkpoint: Parameters<SagaStore['checkpoint']>[0]) => {
            await target.checkpoint(checkpoint);
            if (!checkpoint.statements?.length) return;
            silent = 3;
            throw lost();
          };
        if (key === 'desk')
          return { ...target.desk, load: async (id: string) => (silent-- > 0 ? Promise.reject(lost()) : target.desk.load(id)) };
        return Reflect.get(target, key);
      },
    });
    const saga = defineSaga(events, 'lost', { input: empty })
      .tx('book', { run: ({ tx, sagaId }) => tx.write(book, [sagaId]) })
      .step('b', { run: () => 2 });
    expect((await own.run(saga, 10_000, losing)).outcome).toBeUndefined();
    expect(await own.rows()).toEqual(['one']);
  });

  it('keeps the journal whole when somebody asks for something while the database refuses a transaction', async () => {
    const own = await bank(amnesia);
    const asking = new Proxy(own.store, {
      get(target, key) {
        if (key !== 'checkpoint') return Reflect.get(target, key);
        return async (checkpoint: Parameters<SagaStore['checkpoint']>[0]) => {
          if (checkpoint.statements?.length) {
            await target.desk.ask('one', { verb: 'cancel', actor: 'ada', reason: 'now', at: 0 }, ['running']);
            await new Promise((resolve) => void own.runtime.clock.after(200, () => resolve(undefined)));
          }
          return target.checkpoint(checkpoint);
        };
      },
    });
    const saga = defineSaga(events, 'asked', { input: empty })
      .step('a', { run: () => 1, compensate: () => undefined })
      .tx('book', {
        retry: steady(5),
        run: ({ tx }) => tx.write('UPDATE accounts SET version = 9 WHERE version = 99', [], { expectedRows: 1 }),
      });
    expect((await own.run(saga, 20_000, asking)).outcome).toMatchObject({ details: { failure: { code: 'SAGA_CANCELLED' } } });
    await own.store.open(own.runtime);
    const { entries = [] } = (await own.store.desk.load('one')) ?? {};
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
    expect(entries.filter(({ what }) => what === 'asked').length).toBeGreaterThan(0);
    await own.store.close();
  });
});

describe.each([false, true])('a pivot in the transaction of its outcome (amnesia: %s)', (amnesia) => {
  /** Whatever the pivot does, what came before is undone or not. */
  function order(undone: string[], run: (context: { readonly attempt: number; readonly signal: AbortSignal }) => unknown) {
    return defineSaga(events, 'order', { input: empty })
      .step('reserve', { run: () => 1, compensate: () => void undone.push('reserve') })
      .pivot('book', {
        tx: true,
        retry: steady(2),
        timeout: '5s',
        run: ({ tx, sagaId, attempt, signal }) => {
          tx.write(book, [sagaId], { expectedRows: 1 });
          return run({ attempt, signal }) as undefined;
        },
      })
      .step('send', { kind: 'retriable', run: () => 2 });
  }

  it('is done once, and the saga only goes forward from then on', async () => {
    const [own, undone] = [await bank(amnesia), [] as string[]];
    const { outcome } = await own.run(
      order(undone, () => undefined),
      5_000,
    );
    expect([outcome, await own.rows(), undone]).toEqual([undefined, ['one'], []]);
  });

  it('that went silent in its last attempt is known to have left nothing, so what came before it is undone', async () => {
    const [own, undone] = [await bank(amnesia), [] as string[]];
    const { outcome } = await own.run(
      order(undone, () => forEver()),
      30_000,
    );
    expect(outcome).toMatchObject({ code: 'SAGA_COMPENSATED', details: { step: 'book', failure: { code: 'TIMEOUT' } } });
    expect([await own.rows(), undone]).toEqual([[], ['reserve']]);
  });

  it('is cut off by a request to cancel, as it can be undone until it is committed', async () => {
    const [own, undone] = [await bank(amnesia), [] as string[]];
    const sagas = new SagaOrchestrator({
      store: own.store,
      runtime: own.runtime,
      amnesia,
      sagas: [order(undone, ({ signal }) => untilCancelled(signal))],
    });
    await sagas.start();
    const id = await sagas.startSaga('order', {});
    await own.runtime.clock.advance(1_000);
    await sagas.cancel(id, { actor: 'ada', reason: 'too late' });
    const outcome = await after(own.runtime, 3_000, sagas.result(id));
    expect(outcome).toMatchObject({ code: 'SAGA_COMPENSATED', details: { failure: { code: 'SAGA_CANCELLED' } } });
    expect([await own.rows(), undone]).toEqual([[], ['reserve']]);
    await stopped(own.runtime, sagas);
  });
});

describe('a store without a database', () => {
  it('is refused when a saga has a tx', () => {
    const saga = defineSaga(events, 'tx', { input: empty }).tx('book', { run: () => undefined });
    expect(() => new SagaOrchestrator({ store: memoryStore(), sagas: [saga] })).toThrowError(/tx\.book \(tx\)/);
    const decided = defineSaga(events, 'tx', { input: empty }).pivot('book', { tx: true, run: () => undefined });
    expect(() => new SagaOrchestrator({ store: memoryStore(), sagas: [decided] })).toThrowError(/tx\.book \(tx\)/);
  });
});
