import { join } from 'node:path';
import { defineEvents, exponential } from '@tutti/core';
import { defineSaga, SagaOrchestrator, type SagaStore, terminal } from '@tutti/saga';
import { z } from 'zod';
import type { MakeMember } from '../../src/faults/index.ts';
import { Ledger } from '../ledger.ts';

export const sweptSteps: readonly string[] = ['a', 'b', 'c', 'd', 'pivot', 'last'];

/** Where a life of a saga takes place. */
export interface SweptLife {
  readonly folder: string;
  /** Makes the store, as in a trial. */
  readonly module: string;
  readonly config: unknown;
  /** `book`: as `complete`, with a pivot whose effect is in the database of the store. */
  readonly ending: 'complete' | 'fail' | 'book';
  /** Changes the store: to die at a write, or for the control. */
  readonly store?: (store: SagaStore) => SagaStore;
}

/** How a life has ended, and what it left in the database of the store. */
export interface SweptEnd {
  readonly status: string;
  /** Rows that a step of the store's own database has written, where it has one. */
  readonly rows: number | undefined;
}

/** One life of a worker: starts the saga (or finds it), carries it on, and says how it ended. */
export async function liveOnce({ folder, module, config, ending, store: changed = (own) => own }: SweptLife): Promise<SweptEnd> {
  const { default: make } = (await import(module)) as { default: MakeMember<unknown> };
  const { store, bookings, dispose } = await make(config);
  const ledger = new Ledger(join(folder, 'ledger'));
  const retry = { maxAttempts: 3, backoff: exponential({ initial: '5ms', jitter: 0 }) };
  const effect = (step: string, what: 'do' | 'undo') => (context: { idempotencyKey: string }) =>
    ledger.append({ key: context.idempotencyKey, what, step });
  const step = (name: string) => ({ retry, run: effect(name, 'do'), compensate: effect(name, 'undo') });
  const begun = defineSaga(defineEvents({}), 'sweep', { input: z.object({}) })
    .step('a', step('a'))
    .parallel((both) => both.step('b', step('b')).step('c', step('c')));
  const booked = bookings
    ? begun.tx('d', {
        retry,
        run: ({ sagaId, tx }) => {
          const { sql, values } = bookings.insert(sagaId);
          tx.write(sql, values, { expectedRows: 1 });
        },
        compensate: ({ sagaId, tx }) => {
          const { sql, values } = bookings.remove(sagaId);
          tx.write(sql, values, { expectedRows: 1 });
        },
      })
    : begun.step('d', step('d'));
  const decided =
    ending === 'book' && bookings
      ? booked.pivot('pivot', {
          retry,
          tx: true,
          run: ({ sagaId, tx }) => {
            const { sql, values } = bookings.insert(sagaId);
            tx.write(sql, values, { expectedRows: 1 });
          },
        })
      : booked.pivot('pivot', {
          retry,
          run: (context) => {
            if (ending === 'fail') throw terminal('the pivot refuses');
            effect('pivot', 'do')(context);
          },
        });
  const saga = decided.step('last', { kind: 'retriable', run: effect('last', 'do') });
  const sagas = new SagaOrchestrator({ store: changed(store), sagas: [saga], lease: '400ms', scan: '50ms' });
  try {
    await sagas.start();
    await bookings?.prepare();
    const id = await sagas.startSaga('sweep', {}, { id: 'the-one' });
    await sagas.result(id).catch(() => undefined);
    const { status } = await sagas.get(id);
    return { status, rows: (await bookings?.list())?.length };
  } finally {
    await sagas.stop();
    await dispose?.();
  }
}
