import { join } from 'node:path';
import { defineEvents, exponential } from '@tutti/core';
import type { SqliteDatabase } from '@tutti/core/sqlite';
import { defineSaga, SagaOrchestrator, type SagaStore, terminal } from '@tutti/saga';
import { sqliteStore } from '@tutti/saga/sqlite';
import { z } from 'zod';
import { Ledger } from '../ledger.ts';

export const sweptSteps: readonly string[] = ['a', 'b', 'c', 'd', 'last'];

export interface SweptLife {
  readonly folder: string;
  readonly database: SqliteDatabase;
  readonly ending: string;
  /** Changes what the store gives, for the control. */
  readonly store?: (store: SagaStore) => SagaStore;
}

/** One life of a worker on a file: starts the saga (or finds it), carries it on, and says how it ended. */
export async function liveOnce({ folder, database, ending, store = (own) => own }: SweptLife): Promise<string> {
  const ledger = new Ledger(join(folder, 'ledger'));
  const retry = { maxAttempts: 3, backoff: exponential({ initial: '5ms', jitter: 0 }) };
  const step = (name: string) => ({
    retry,
    run: ({ idempotencyKey: key }: { idempotencyKey: string }) => ledger.append({ key, what: 'do', step: name }),
    compensate: ({ idempotencyKey: key }: { idempotencyKey: string }) => ledger.append({ key, what: 'undo', step: name }),
  });
  const saga = defineSaga(defineEvents({}), 'sweep', { input: z.object({}) })
    .step('a', step('a'))
    .parallel((both) => both.step('b', step('b')).step('c', step('c')))
    .step('d', step('d'))
    .step('last', {
      retry,
      run: ({ idempotencyKey: key }) => {
        if (ending === 'fail') throw terminal('the last step refuses');
        ledger.append({ key, what: 'do', step: 'last' });
      },
    });
  await database.start();
  const sagas = new SagaOrchestrator({ store: store(sqliteStore({ database })), sagas: [saga], lease: '300ms', scan: '50ms' });
  await sagas.start();
  const id = await sagas.startSaga('sweep', {}, { id: 'the-one' });
  await sagas.result(id).catch(() => undefined);
  const { status } = await sagas.get(id);
  await sagas.stop();
  await database.stop();
  return status;
}
