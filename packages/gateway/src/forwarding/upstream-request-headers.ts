import { type Call, writeCallHeaders } from '@tutti/core';
import type { Exchange } from '../http/exchange.ts';
import type { RequestBody } from '../http/request-body.ts';
import { goesOn, isTrailable, nominated } from './header-names.ts';
import { forwardsLeft } from './max-forwards.ts';

/** By which name the gateway appears in Via. */
const pseudonym = 'tutti';

/**
 * The headers with which a request goes on, as name, value, name, value: what the client sent, end to end, in its order
 * and spelling; then what the gateway vouches for. The deadline in it is what remains at this moment.
 */
export function upstreamRequestHeaders({ request, vouched, requestId }: Exchange, call: Call): string[] {
  const { headers, body, clientAddress, proxies, scheme = 'http', httpVersion } = request;
  const { raw, names } = headers;
  const ofThisHop = nominated(headers.combined('connection'));
  const left = forwardsLeft(request);
  const out: string[] = [];
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    if (!goesOn(name) || ofThisHop.has(name)) continue;
    const value = left !== undefined && name === 'max-forwards' ? String(left - 1) : (raw[2 * index + 1] as string);
    out.push(raw[2 * index] as string, value);
  }
  if (body?.length !== undefined) out.push('content-length', String(body.length));
  const via = headers.combined('via');
  out.push('via', `${via === undefined ? '' : `${via}, `}${httpVersion} ${pseudonym}`);
  if (clientAddress !== undefined) out.push('x-forwarded-for', proxies ? [clientAddress, ...proxies].join(', ') : clientAddress);
  const host = headers.single('host');
  if (host !== undefined) out.push('x-forwarded-host', host);
  out.push('x-forwarded-proto', scheme);
  const own: Record<string, string> = {};
  writeCallHeaders(call, own);
  for (const name in own) out.push(name, own[name] as string);
  if (requestId !== undefined) out.push('x-request-id', requestId);
  if (vouched) out.push(...vouched(call));
  return out;
}

/** The fields that came behind the body of a request and may go on: none that anybody would take for one of its head. */
export function upstreamTrailers({ trailers }: RequestBody): readonly string[] {
  const fields: string[] = [];
  for (let index = 0; index < trailers.length; index += 2) {
    const name = trailers[index] as string;
    if (isTrailable(name.toLowerCase())) fields.push(name, trailers[index + 1] as string);
  }
  return fields;
}
