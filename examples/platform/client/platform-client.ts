import { Call, compose, exponential, type Handler, newId, retry } from '@tutti/core';
import { DocumentView } from '../contract/document.ts';
import { platformError } from '../errors.ts';

interface ApiRequest {
  readonly path: string;
  readonly init: RequestInit;
}

/** Talks to a platform the way anybody does: HTTP to the gateway, with a token. What fails for a moment is asked again. */
export class PlatformClient {
  readonly #send: Handler<ApiRequest, Response>;

  constructor(url: string, token: string) {
    const backoff = exponential({ initial: '200ms', max: '3s' });
    this.#send = compose((request: ApiRequest) => send(url, token, request), [retry({ maxAttempts: 8, backoff })]);
  }

  /**
   * Uploads a document and waits until it was analysed or failed.
   * An upload that is sent twice is one document: both carry the same idempotency key.
   */
  async analyse(name: string, bytes: Uint8Array, options: { readonly patienceMs: number }): Promise<DocumentView> {
    const call = Call.root();
    const endsAt = call.runtime.clock.now() + options.patienceMs;
    const headers = { 'content-type': 'application/octet-stream', 'idempotency-key': newId(call.runtime) };
    let view = await this.#view(
      { path: `/api/v1/documents?name=${encodeURIComponent(name)}&wait=20s`, init: { method: 'POST', body: bytes, headers } },
      call,
    );
    while (view.status === 'queued') {
      if (call.runtime.clock.now() > endsAt)
        throw platformError('ANALYSIS_LATE', { documentId: view.documentId, seconds: options.patienceMs / 1_000 });
      view = await this.#view({ path: `/api/v1/documents/${view.documentId}?wait=20s`, init: {} }, call);
    }
    return view;
  }

  /** The extracted text that the offsets of a report point into. */
  async text(documentId: string): Promise<string> {
    const response = await this.#send({ path: `/api/v1/documents/${documentId}/text`, init: {} }, Call.root());
    return response.text();
  }

  async #view(request: ApiRequest, call: Call): Promise<DocumentView> {
    const response = await this.#send(request, call);
    return DocumentView.parse(await response.json());
  }
}

/** @throws SERVICE_REFUSED (final) or SERVICE_FAILED (may pass), with the gateway's or the service's own words. */
async function send(url: string, token: string, { path, init }: ApiRequest): Promise<Response> {
  const response = await fetch(new URL(path, url), { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
  if (response.ok) return response;
  const { code = 'UNKNOWN', detail = response.statusText } = (await response.json().catch(() => ({}))) as {
    code?: string;
    detail?: string;
  };
  if (response.status < 500) throw platformError('SERVICE_REFUSED', { operation: path, code, problem: detail });
  throw platformError('SERVICE_FAILED', { operation: path, status: response.status, problem: detail });
}
