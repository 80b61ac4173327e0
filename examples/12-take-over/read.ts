import { setTimeout as pause } from 'node:timers/promises';
import { defineEvents, exponential } from '@tutti/core';
import { defineSaga, SagaOrchestrator } from '@tutti/saga';
import { sqliteStore } from '@tutti/saga/sqlite';
import { z } from 'zod';

const patience = { maxAttempts: 10, backoff: exponential({ initial: '50ms' }) };

const reading = defineSaga(defineEvents({}), 'reading', { input: z.object({ contract: z.string() }) })
  .step('fetch', { retry: patience, run: ({ input }) => `${input.contract}.txt` })
  .step('read', {
    retry: patience,
    run({ results, signal }) {
      process.send?.('reads'); // where somebody listens
      return pause(100, results.fetch, { signal });
    },
  })
  .returns(({ results }) => results.read);

/** A worker on the file: any number of processes may have one. */
export function worker(path: string, concurrency: number) {
  return new SagaOrchestrator({ store: sqliteStore({ path }), sagas: [reading], lease: '1s', concurrency });
}
