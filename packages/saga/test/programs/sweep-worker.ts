// One life of a worker on a file: starts the saga (or finds it), carries it on, prints how it ended. Dies where it is told to.
// Arguments: folder, 'complete' or 'fail', the mode, and a crash point such as saga.intent/before/2.
import { join } from 'node:path';
import { defineEvents, exponential } from '@tutti/core';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { crashPoints } from '@tutti/core/testing';
import { defineSaga, SagaOrchestrator, type SagaStore, terminal } from '@tutti/saga';
import { sqliteStore } from '@tutti/saga/sqlite';
import { z } from 'zod';
import { Ledger } from '../ledger.ts';

const [folder = '', ending = 'complete', mode = 'normal', point = ''] = process.argv.slice(2);
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

/** The control: undo is armed only by success, as in most recipes, so an intent without an outcome is forgotten. */
function armedAfterSuccess(store: SagaStore): SagaStore {
  return {
    ...store,
    async claim(request) {
      const claimed = await store.claim(request);
      return claimed.map((record) => ({
        ...record,
        status: 'compensating',
        failure: { code: 'CRASH', message: 'gave up', step: 'a' },
        steps: record.steps.filter(({ status }) => status !== 'intended'),
      }));
    },
  };
}

const database = crashPoints(sqliteDatabase({ path: join(folder, 'sagas.db') }), ({ name, when, count }) => {
  if (point === `${name}/${when}/${count}`) process.kill(process.pid, 'SIGKILL');
});
await database.start();
const store = sqliteStore({ database });
const sagas = new SagaOrchestrator({
  store: mode === 'armed-after-success' ? armedAfterSuccess(store) : store,
  sagas: [saga],
  lease: '300ms',
  scan: '50ms',
});
await sagas.start();
const id = await sagas.startSaga('sweep', {}, { id: 'the-one' });
await sagas.result(id).catch(() => undefined);
const { status } = await sagas.get(id);
await sagas.stop();
await database.stop();
process.stdout.write(JSON.stringify({ status, writes: database.writeNames }));
