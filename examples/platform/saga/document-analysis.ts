import { type Call, exponential, type ServiceCaller } from '@tutti/core';
import { defineSaga, type Failure } from '@tutti/saga';
import { z } from 'zod';
import { Clauses, Compliance, Extraction } from '../contract/document.ts';
import { events } from '../contract/events.ts';
import { expectReply } from '../services/expect-reply.ts';

const source = 'document-analysis-saga';

/** The code of the service that refused, where one did. */
const codeOf = ({ code, details }: Failure): string => z.object({ code: z.string() }).safeParse(details).data?.code ?? code;

/** Long enough for a service to be replaced several times over, short enough that somebody still waits. */
const patience = { maxAttempts: 40, backoff: exponential({ initial: '150ms', max: '3s' }) };

/**
 * `document.uploaded` → extraction → (clauses ∥ compliance) → report → `document.analysis.completed`.
 * When a step fails for good, everything stored is removed again in reverse, and `document.analysis.failed` says why.
 *
 * It knows services by name and events by type, and neither an address nor where anything is kept.
 */
export function documentAnalysis(caller: ServiceCaller) {
  const ask = async (call: Call, serviceName: string, method: string, path: string, body?: unknown): Promise<unknown> => {
    const reply = expectReply(
      `${method} ${path} of ${serviceName}`,
      await caller({ serviceName, method, path, ...(body !== undefined && { body }) }, call),
    );
    return reply.status === 204 ? undefined : reply.json();
  };
  const onDocument = (call: Call, method: 'PUT' | 'DELETE', documentId: string, part: string, body?: unknown): Promise<unknown> =>
    ask(call, 'document-analysis', method, `/internal/documents/${encodeURIComponent(documentId)}/${part}`, body);
  const onCheck = (call: Call, method: 'PUT' | 'DELETE', documentId: string): Promise<unknown> =>
    ask(call, 'compliance-automation', method, `/internal/checks/${encodeURIComponent(documentId)}`);

  return defineSaga(events, 'document_analysis', { input: z.object({ documentId: z.string() }) })
    .startOn('document.uploaded', ({ data: { documentId } }) => ({ documentId }))
    .step('accept', {
      run: () => undefined,
      compensate: ({ input: { documentId }, failure, publish }) =>
        publish({ type: 'document.analysis.failed', source, data: { documentId, code: codeOf(failure), reason: failure.message } }),
    })
    .step('extract', {
      run: async ({ input, call }) => Extraction.parse(await onDocument(call, 'PUT', input.documentId, 'extraction')),
      compensate: ({ input, call }) => onDocument(call, 'DELETE', input.documentId, 'extraction'),
      retry: patience,
      timeout: '2m',
    })
    .parallel((both) =>
      both
        .step('clauses', {
          run: async ({ input, call }) => Clauses.parse(await onDocument(call, 'PUT', input.documentId, 'clauses')),
          compensate: ({ input, call }) => onDocument(call, 'DELETE', input.documentId, 'clauses'),
          retry: patience,
          timeout: '1m',
        })
        .step('compliance', {
          run: async ({ input, call }) => Compliance.parse(await onCheck(call, 'PUT', input.documentId)),
          compensate: ({ input, call }) => onCheck(call, 'DELETE', input.documentId),
          retry: patience,
          timeout: '1m',
        }),
    )
    .step('report', {
      run: async ({ input, results, call }) => void (await onDocument(call, 'PUT', input.documentId, 'report', results.compliance)),
      compensate: ({ input, call }) => onDocument(call, 'DELETE', input.documentId, 'report'),
      retry: patience,
      timeout: '30s',
    })
    .step('complete', {
      intent: false, // an event is said with the outcome or not at all, so nothing can be left half done
      run: ({ input: { documentId }, results: { clauses }, publish }) =>
        publish({
          type: 'document.analysis.completed',
          source,
          data: { documentId, hasArbitration: clauses.hasArbitration, score: clauses.score },
        }),
    });
}
