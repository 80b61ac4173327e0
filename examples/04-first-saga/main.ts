import { defineEvents } from '@tutti/core';
import { defineSaga, memoryStore, SagaOrchestrator, terminal } from '@tutti/saga';
import { z } from 'zod';

const events = defineEvents({});
const DocumentInput = z.object({ documentId: z.string(), userId: z.string(), analysisType: z.enum(['full', 'quick']) });

const documentAnalysis = defineSaga(events, 'document_analysis', { input: DocumentInput })
  .step('extract', {
    run: async ({ input }) => ({ words: input.documentId.length * 100 }),
    compensate: async ({ result, outcome }) => console.log(`remove the text (${outcome}, ${result?.words} words)`),
  })
  .parallel((both) =>
    both
      .step('clauses', {
        run: async () => ({ hasArbitration: true }),
        compensate: async ({ outcome }) => console.log(`remove the clauses (${outcome})`),
      })
      .step('compliance', { run: async ({ results }) => ({ checked: results.extract.words > 0 }) }),
  )
  .step('report', {
    run: async ({ input, results }) => {
      if (input.analysisType === 'quick') throw terminal('a quick analysis has no report');
      return { documentId: input.documentId, ...results.clauses };
    },
  })
  .returns(({ results }) => results.report);

const sagas = new SagaOrchestrator({ store: memoryStore(), sagas: [documentAnalysis] });
await sagas.start();

const id = await sagas.startSaga('document_analysis', { documentId: 'doc123', userId: 'user456', analysisType: 'full' });
console.log(await sagas.result(id));

const quick = await sagas.startSaga('document_analysis', { documentId: 'doc123', userId: 'user456', analysisType: 'quick' });
await sagas.result(quick).catch((error) => console.log(`undone: ${error.message}`));

await sagas.stop();
