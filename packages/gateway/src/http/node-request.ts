import type { IncomingMessage, ServerResponse } from 'node:http';
import { plainAddress } from './address.ts';
import type { IncomingRequest } from './exchange.ts';
import { originForm } from './origin-form.ts';
import { RequestBody } from './request-body.ts';
import { RequestHeaders } from './request-headers.ts';

export interface NodeRequestOptions {
  readonly maxBodyBytes: number;
  /** The response to send 100 (Continue) on as soon as the body is wanted, for a client that waits for it. */
  readonly waiting: ServerResponse<IncomingMessage> | undefined;
}

/** What node:http received, of which nothing but the head has been read. */
export function nodeRequest(message: IncomingMessage, { maxBodyBytes, waiting }: NodeRequestOptions): IncomingRequest {
  const { target, headers } = originForm(message.url ?? '', new RequestHeaders(message.rawHeaders));
  return {
    method: message.method ?? '',
    target,
    httpVersion: message.httpVersion,
    headers,
    body: bodyOf(message, headers, { maxBodyBytes, waiting }),
    clientAddress: addressOf(message.socket),
  };
}

function bodyOf(message: IncomingMessage, headers: RequestHeaders, { maxBodyBytes, waiting }: NodeRequestOptions): RequestBody | undefined {
  const declared = headers.single('content-length');
  const chunked = 'transfer-encoding' in headers.byName;
  if (!chunked && (declared === undefined || Number(declared) === 0)) return undefined;
  return new RequestBody(message, {
    length: chunked ? undefined : Number(declared),
    maxBytes: maxBodyBytes,
    rest: 'drain',
    ...(waiting && { onFirstRead: () => waiting.writeContinue() }),
  });
}

/** undefined for a socket that has none: a Unix socket, one that is already gone. */
function addressOf({ remoteAddress }: IncomingMessage['socket']): string | undefined {
  return remoteAddress === undefined ? undefined : plainAddress(remoteAddress);
}
