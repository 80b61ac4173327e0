// Sagas about the same thing do not overlap: they queue, are turned away, or join the one that is there.
import { defineEvents, TuttiError } from '@tutti/core';
import { defineSaga, memoryStore, SagaOrchestrator } from '@tutti/saga';
import { z } from 'zod';

const events = defineEvents({});
const input = z.object({ documentId: z.string(), by: z.string() });
let atWork = 0;

const read = async ({ input: { by } }: { input: { by: string } }): Promise<string> => {
  atWork++;
  await new Promise((resolve) => setTimeout(resolve, 30));
  const alone = atWork === 1;
  atWork--;
  return `${by} read it${alone ? '' : ', with others'}`;
};
const about = { input, concurrencyKey: ({ documentId }: { documentId: string }) => documentId };

const queued = defineSaga(events, 'queued', about)
  .step('read', { run: read })
  .returns(({ results }) => results.read);
const rejected = defineSaga(events, 'rejected', { ...about, whenLocked: 'reject' }).step('read', { run: read });
const joined = defineSaga(events, 'joined', { ...about, whenLocked: 'join' })
  .step('read', { run: read })
  .returns(({ results }) => results.read);

await using sagas = new SagaOrchestrator({ store: memoryStore(), sagas: [queued, rejected, joined] });
await sagas.start();

for (const id of await Promise.all(['ada', 'bob', 'cy'].map((by) => sagas.startSaga('queued', { documentId: 'd-1', by }))))
  console.log(await sagas.result(id));

const one = await sagas.startSaga('rejected', { documentId: 'd-1', by: 'ada' });
await sagas.startSaga('rejected', { documentId: 'd-1', by: 'bob' }).catch((error) => {
  if (TuttiError.is(error, 'SAGA_LOCKED')) console.log('bob is turned away:', error.message.replace(one, 'of ada'));
});

const first = await sagas.startSaga('joined', { documentId: 'd-2', by: 'ada' });
const second = await sagas.startSaga('joined', { documentId: 'd-2', by: 'bob' });
console.log(`bob waits for the same saga: ${first === second}; ${await sagas.result(second)}`);
