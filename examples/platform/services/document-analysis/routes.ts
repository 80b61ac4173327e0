import { createHash } from 'node:crypto';
import { attributesOf, detectArbitration, extractText, sniffDocument } from '@tutti/arbitration';
import { type Call, type Duration, durationMs, type EventPublisher, newId, sleep } from '@tutti/core';
import { type Clauses, Compliance, type DocumentView, type Extraction } from '../../contract/document.ts';
import { platformError } from '../../errors.ts';
import type { ServiceInput, ServiceOutput, ServiceRoute } from '../http-service.ts';
import { tenantOf } from '../tenant-of.ts';
import type { DocumentKey, DocumentStore } from './document-store.ts';

const longestWaitMs = 60_000;

/** What customers see, through the gateway; and what the saga asks for, inside. Every write may be repeated. */
export function documentRoutes(store: DocumentStore, publisher: EventPublisher): readonly ServiceRoute[] {
  const located = ({ params }: ServiceInput, call: Call): DocumentKey => ({ tenant: tenantOf(call), documentId: params['id'] ?? '' });

  async function upload({ query, headers, body }: ServiceInput, call: Call): Promise<ServiceOutput> {
    const name = query.get('name') ?? 'document';
    sniffDocument(body, { fileName: name });
    const key = { tenant: tenantOf(call), documentId: documentIdFor(call) };
    const mediaType = headers['content-type'];
    await store.add({ ...key, name, mediaType, original: body, uploadedAt: new Date(call.runtime.clock.epoch()).toISOString() });
    const { documentId } = key;
    await publisher.publish(
      { type: 'document.uploaded', source: 'document-analysis', id: documentId, data: { documentId, name, bytes: body.length } },
      call,
    );
    return shown(await settled(key, query, call));
  }

  async function settled(key: DocumentKey, query: URLSearchParams, call: Call): Promise<DocumentView> {
    const wait = query.get('wait');
    const waitMs = wait === null ? 0 : Math.min(durationMs(wait as Duration, 'wait'), longestWaitMs);
    const endsAt = call.runtime.clock.now() + waitMs;
    for (;;) {
      const changed = new AbortController();
      const unwatch = store.watch(() => changed.abort());
      try {
        const view = await store.view(key);
        const leftMs = endsAt - call.runtime.clock.now();
        if (view.status !== 'queued' || leftMs <= 0) return view;
        await sleep(call.runtime.clock, leftMs, { signal: AbortSignal.any([changed.signal, call.signal]) }).catch(() => undefined);
        if (call.cancelled) return view;
      } finally {
        unwatch();
      }
    }
  }

  async function textOf(key: DocumentKey): Promise<string> {
    const text = await store.text(key);
    if (text === undefined) throw platformError('DOCUMENT_UNKNOWN', { documentId: `${key.documentId} with extracted text` });
    return text;
  }

  async function extract(key: DocumentKey): Promise<Extraction> {
    const { bytes, name } = await store.original(key);
    const { text, kind, pages } = await extractText(bytes, { fileName: name });
    const extraction = { kind, characters: text.length, ...(pages && { pages: pages.length }) };
    await store.saveExtraction(key, text, extraction);
    return extraction;
  }

  async function findClauses(key: DocumentKey): Promise<Clauses> {
    const text = await textOf(key);
    const detection = detectArbitration(text);
    const { hasArbitration, score, spans } = detection;
    const clauses: Clauses = {
      hasArbitration,
      score,
      spans: spans.map(({ start, end, text: words }) => ({ start, end, text: words })),
      attributes: shortAttributes(text),
    };
    await store.save(key, 'clauses', clauses);
    return clauses;
  }

  async function writeReport(key: DocumentKey, compliance: Compliance): Promise<void> {
    const [clauses, extraction] = (await Promise.all([store.part(key, 'clauses'), store.part(key, 'extraction')])) as [Clauses, Extraction];
    await store.save(key, 'report', { ...clauses, extraction, ...compliance });
  }

  const document = '/api/v1/documents/:id';
  const inside = '/internal/documents/:id';
  return [
    { method: 'POST', path: '/api/v1/documents', handler: upload },
    { method: 'GET', path: document, handler: async (input, call) => shown(await settled(located(input, call), input.query, call)) },
    {
      method: 'GET',
      path: `${document}/text`,
      handler: async (input, call) => ({ status: 200, body: await textOf(located(input, call)) }),
    },

    { method: 'GET', path: `${inside}/text`, handler: async (input, call) => ({ status: 200, body: await textOf(located(input, call)) }) },
    {
      method: 'PUT',
      path: `${inside}/extraction`,
      handler: async (input, call) => ({ status: 200, body: await extract(located(input, call)) }),
    },
    {
      method: 'PUT',
      path: `${inside}/clauses`,
      handler: async (input, call) => ({ status: 200, body: await findClauses(located(input, call)) }),
    },
    {
      method: 'PUT',
      path: `${inside}/report`,
      handler: async (input, call) => {
        await writeReport(located(input, call), Compliance.parse(JSON.parse(Buffer.from(input.body).toString())));
        return { status: 204 };
      },
    },
    ...(['extraction', 'clauses', 'report'] as const).map(
      (part): ServiceRoute => ({
        method: 'DELETE',
        path: `${inside}/${part}`,
        handler: async (input, call) => {
          await store.remove(located(input, call), part);
          return { status: 204 };
        },
      }),
    ),
  ];
}

/** Attributes without the evidence, which a report would drown in. */
function shortAttributes(text: string): Clauses['attributes'] {
  const { evidence: _places, ...attributes } = attributesOf(text);
  return attributes;
}

/** The same upload sent twice under one idempotency key is one document. */
function documentIdFor(call: Call): string {
  if (call.idempotencyKey === undefined) return newId(call.runtime);
  return createHash('sha256')
    .update(`${tenantOf(call)}\n${call.idempotencyKey}`)
    .digest('hex')
    .slice(0, 32);
}

function shown(view: DocumentView): ServiceOutput {
  const location = `/api/v1/documents/${view.documentId}`;
  return { status: view.status === 'queued' ? 202 : 200, headers: { location, 'cache-control': 'no-store' }, body: view };
}
