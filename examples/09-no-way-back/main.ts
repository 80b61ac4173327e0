// A payment. Until the money is captured everything can be undone; afterwards everything is finished, however long it takes.
import { defineEvents, exponential } from '@tutti/core';
import { defineSaga, memoryStore, SagaOrchestrator, terminal } from '@tutti/saga';
import { z } from 'zod';

let mailerIsUp = true;
const quick = { maxAttempts: 3, backoff: exponential({ initial: '10ms', jitter: 0 }) };

const payment = defineSaga(defineEvents({}), 'payment', { input: z.object({ order: z.string(), card: z.string() }) })
  .step('authorise', {
    retry: quick,
    run: ({ input }) => ({ hold: `hold on ${input.card}` }),
    compensate: ({ result, outcome }) => console.log(`  void: ${result?.hold} (${outcome})`),
  })
  .step('reserve', {
    retry: quick,
    run: ({ input, attempt }) => {
      if (attempt === 1) throw new Error('the warehouse does not answer'); // passes: tried again
      return { shelf: `shelf of ${input.order}` };
    },
    compensate: ({ result }) => console.log(`  put back: ${result?.shelf}`),
  })
  .pivot('capture', {
    retry: quick,
    run: ({ input, results }) => {
      if (input.card === 'empty') throw terminal('there is no money'); // will not pass: undone
      return `captured from ${results.authorise.hold}`;
    },
  })
  .step('receipt', {
    kind: 'retriable',
    retry: quick,
    run: ({ results }) => {
      if (!mailerIsUp) throw new Error('the mailer is down');
      return results.capture;
    },
  })
  .returns(({ results }) => results.receipt);

await using sagas = new SagaOrchestrator({ store: memoryStore(), sagas: [payment] });
await sagas.start();

console.log('o-1:', await sagas.result(await sagas.startSaga('payment', { order: 'o-1', card: 'visa' })));

const empty = await sagas.startSaga('payment', { order: 'o-2', card: 'empty' });
await sagas.result(empty).catch((error: Error) => console.log('o-2:', error.message));

mailerIsUp = false;
const id = await sagas.startSaga('payment', { order: 'o-3', card: 'visa' });
await sagas.result(id).catch((error: Error) => console.log('o-3:', error.message));
for (const { verb, effect } of (await sagas.get(id)).verbs) console.log(`  you may ${verb}: ${effect}`);

mailerIsUp = true;
await sagas.retry(id, { actor: 'ada', reason: 'the mailer is up again' });
console.log('o-3:', await sagas.result(id));
for (const { what, step = '', attempt = '', request } of await sagas.history(id))
  console.log(`  ${[what, step, attempt, request?.verb, request?.reason].filter(Boolean).join(' ')}`);
