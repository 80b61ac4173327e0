import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Call, coreError, defaultRuntime, type Handler, readCallHeaders, TuttiError, timeout, writeResultHeaders } from '@tutti/core';
import Router from 'find-my-way';

/** What a route of a service is given. */
export interface ServiceInput {
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Uint8Array;
}

/** What it answers: bytes and text as they are, anything else as JSON. */
export interface ServiceOutput {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface ServiceRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly handler: Handler<ServiceInput, ServiceOutput>;
}

export interface HttpServiceOptions {
  readonly maxBodyBytes: number;
  /** Statuses of failures by error code, beside the common ones; 500 for the rest. */
  readonly statuses?: Readonly<Record<string, number>>;
}

/** Failures that mean the same in every service. */
const commonStatuses: Readonly<Record<string, number>> = {
  DOCUMENT_UNKNOWN: 404,
  INVALID_ARGUMENT: 400,
  INVALID_OPTIONS: 400,
  INVALID_DATA: 400,
  DEADLINE_EXCEEDED: 504,
  TIMEOUT: 504,
  STORE_UNAVAILABLE: 503,
  SERVICE_REFUSED: 422,
  SERVICE_FAILED: 502,
};

/** One status for every code of an error table. */
export function statusesOf(table: object, status: number): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.keys(table).map((code) => [code, status]));
}

/**
 * Serves routes to peers behind the mesh: takes the call from the request headers, keeps its deadline, ends it when the
 * peer goes away, and answers failures as RFC 9457 problems with their code.
 */
export function httpService(routes: readonly ServiceRoute[], options: HttpServiceOptions): RequestListener {
  const router = Router<Router.HTTPVersion.V1>({
    defaultRoute: (_request, response) => send(response, problem(404, 'NOT_FOUND', 'there is nothing here')),
  });
  for (const { method, path, handler } of routes) {
    const guarded = timeout({ operation: `${method} ${path}` })(handler);
    router.on(method, path, (request, response, params, _store, query) => {
      void answer(guarded, request, response, { params, query: new URLSearchParams(query as Record<string, string>) }, options);
    });
  }
  return (request, response) => router.lookup(request, response);
}

async function answer(
  handler: Handler<ServiceInput, ServiceOutput>,
  request: IncomingMessage,
  response: ServerResponse,
  located: Pick<ServiceInput, 'params' | 'query'>,
  options: HttpServiceOptions,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(coreError('CANCELLED', { reason: 'the peer closed the connection' }));
  });
  const call: Call = readCallHeaders(request.headers, { from: 'peer', runtime: defaultRuntime, signal: gone.signal });
  try {
    const body = await read(request, options.maxBodyBytes);
    send(response, await handler({ ...located, headers: request.headers, body }, call));
  } catch (error) {
    if (TuttiError.is(error)) {
      const status = options.statuses?.[error.code] ?? commonStatuses[error.code] ?? (error.retryable ? 503 : 500);
      const output = problem(status, error.code, error.message);
      writeResultHeaders(call, error, output.headers);
      send(response, output);
    } else {
      defaultRuntime.logger.log('error', `${request.method} ${request.url} failed`, { error });
      send(response, problem(500, 'INTERNAL', 'the service failed; its log says why'));
    }
  } finally {
    call.release();
  }
}

async function read(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw coreError('INVALID_ARGUMENT', { path: 'body', problem: `must not be larger than ${maxBytes} bytes` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function problem(status: number, code: string, detail: string): ServiceOutput & { readonly headers: Record<string, string> } {
  return { status, headers: { 'content-type': 'application/problem+json' }, body: { type: 'about:blank', status, code, detail } };
}

function send(response: ServerResponse, { status, headers, body }: ServiceOutput): void {
  if (response.destroyed || response.headersSent) return;
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const payload = body === undefined ? undefined : raw ? body : JSON.stringify(body);
  response.writeHead(status, {
    ...(payload !== undefined && {
      'content-type': raw ? 'text/plain; charset=utf-8' : 'application/json',
      'content-length': Buffer.byteLength(payload),
    }),
    ...headers,
  });
  response.end(payload);
}
