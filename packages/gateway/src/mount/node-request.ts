import type { IncomingMessage } from 'node:http';
import { plainAddress } from '../http/address.ts';
import type { IncomingRequest } from '../http/exchange.ts';
import { originForm } from '../http/origin-form.ts';
import { RequestBody } from '../http/request-body.ts';
import { RequestHeaders } from '../http/request-headers.ts';

/** What node:http received, of which nothing but the head has been read. */
export function nodeRequest(message: IncomingMessage, maxBodyBytes: number): IncomingRequest {
  const { target, headers } = originForm(message.url ?? '', new RequestHeaders(message.rawHeaders));
  return {
    method: message.method ?? '',
    target,
    httpVersion: message.httpVersion,
    headers,
    body: bodyOf(message, headers, maxBodyBytes),
    clientAddress: addressOf(message.socket),
  };
}

function bodyOf(message: IncomingMessage, headers: RequestHeaders, maxBodyBytes: number): RequestBody | undefined {
  const declared = headers.single('content-length');
  const chunked = 'transfer-encoding' in headers.byName;
  if (!chunked && (declared === undefined || Number(declared) === 0)) return undefined;
  return new RequestBody(message, { length: chunked ? undefined : Number(declared), maxBytes: maxBodyBytes, rest: 'drain' });
}

/** undefined for a socket that has none: a Unix socket, one that is already gone. */
function addressOf({ remoteAddress }: IncomingMessage['socket']): string | undefined {
  return remoteAddress === undefined ? undefined : plainAddress(remoteAddress);
}
