import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { IncomingRequest } from '../http/exchange.ts';
import { RequestBody } from '../http/request-body.ts';
import { RequestHeaders } from '../http/request-headers.ts';

/** What a request of the Fetch standard does not say of itself. */
export interface FetchOptions {
  /** The address of whoever sent it, where the server knows. */
  readonly clientAddress?: string;
}

/** A request of the Fetch standard, of which nothing but the head has been read. Its target is that of its URL. */
export function fetchRequest(request: Request, { clientAddress }: FetchOptions, maxBodyBytes: number): IncomingRequest {
  const url = new URL(request.url);
  const raw: string[] = [];
  for (const [name, value] of request.headers) raw.push(name, value);
  if (!request.headers.has('host')) raw.push('host', url.host);
  const headers = new RequestHeaders(raw);
  return {
    method: request.method,
    target: `${url.pathname}${url.search}`,
    httpVersion: '1.1',
    headers,
    body: request.body === null ? undefined : bodyOf(request.body as ReadableStream, headers, maxBodyBytes),
    clientAddress: typeof clientAddress === 'string' ? clientAddress : undefined, // servers pass things of their own in its place
    ...(url.protocol === 'https:' && { scheme: 'https' }),
  };
}

function bodyOf(body: ReadableStream, headers: RequestHeaders, maxBytes: number): RequestBody {
  const declared = headers.single('content-length');
  const length = declared !== undefined && /^\d+$/.test(declared) ? Number(declared) : undefined;
  return new RequestBody(Readable.fromWeb(body), { length, maxBytes, rest: 'destroy' });
}
