import { validateHeaderName, validateHeaderValue } from 'node:http';
import { Readable } from 'node:stream';
import { coreError } from '@tutti/core';
import type { IncomingRequest } from './exchange.ts';
import { RequestBody } from './request-body.ts';
import { RequestHeaders } from './request-headers.ts';

/** A request made inside the process. */
export interface GatewayRequest {
  readonly method: string;
  /** Path and query, encoded as in a URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Bytes, strings and async iterables of bytes as they are; anything else as JSON with its content type. */
  readonly body?: unknown;
  /** The address to account the request to, where nobody is authenticated. */
  readonly clientAddress?: string;
  /** Gives the request up when aborted. */
  readonly signal?: AbortSignal;
}

/** @throws INVALID_ARGUMENT for what could not come over HTTP either. */
export function directRequest(request: GatewayRequest, maxBodyBytes: number): IncomingRequest {
  const { method, path, body, clientAddress } = request;
  if (!/^[A-Z-]+$/.test(method)) throw invalid('request.method', 'must be a method in capital letters');
  const raw = flatten(request.headers ?? {});
  const named = new RequestHeaders(raw);
  if (named.byName['host'] === undefined) raw.push('host', 'localhost');
  const content = contentOf(body);
  if (content?.type !== undefined && named.byName['content-type'] === undefined) raw.push('content-type', content.type);
  const declared = Number(named.single('content-length') ?? Number.NaN);
  const length = content?.length ?? (Number.isSafeInteger(declared) ? declared : undefined);
  return {
    method,
    target: path,
    httpVersion: '1.1',
    headers: new RequestHeaders(raw),
    body: content && new RequestBody(content.source, { length, maxBytes: maxBodyBytes, rest: 'destroy' }),
    clientAddress,
  };
}

interface Content {
  readonly source: Readable;
  readonly length?: number;
  readonly type?: string;
}

function contentOf(body: unknown): Content | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return whole(Buffer.from(body));
  if (body instanceof Uint8Array) return whole(body);
  if (typeof body === 'object' && Symbol.asyncIterator in body)
    return { source: Readable.from(body as AsyncIterable<Uint8Array>, { objectMode: false }) };
  return { ...whole(Buffer.from(toJson(body))), type: 'application/json' };
}

function whole(bytes: Uint8Array): Content {
  return { source: Readable.from([bytes], { objectMode: false }), length: bytes.length };
}

function toJson(body: unknown): string {
  try {
    const json = JSON.stringify(body);
    if (json !== undefined) return json;
  } catch (cause) {
    throw coreError('INVALID_ARGUMENT', { path: 'request.body', problem: 'cannot be written as JSON' }, { cause });
  }
  throw invalid('request.body', `cannot be written as JSON, got a ${typeof body}`);
}

function flatten(headers: NonNullable<GatewayRequest['headers']>): string[] {
  const raw: string[] = [];
  for (const [name, given] of Object.entries(headers)) {
    for (const value of given === undefined ? [] : [given].flat()) {
      mustBeHeader(name, value);
      raw.push(name, value);
    }
  }
  return raw;
}

function mustBeHeader(name: string, value: string): void {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch (cause) {
    throw coreError('INVALID_ARGUMENT', { path: `request.headers['${name}']`, problem: 'is no header' }, { cause });
  }
}

function invalid(path: string, problem: string): Error {
  return coreError('INVALID_ARGUMENT', { path, problem });
}
