import type { DispatchController, DispatchHandler } from '@tutti/core';
import { isCorsHeader } from '../cors/cors.ts';
import { goesBack, isTrailable, nominated } from './header-names.ts';

type ParsedHeaders = Parameters<DispatchHandler['onResponseStart']>[2];
type RawHeaders = DispatchController['rawHeaders'];

/** What goes back to the client of a response's head. */
export interface ResponseHead {
  /** Name, value, name, value. */
  readonly headers: string[];
  /** How many bytes the body has, when the service said so. */
  readonly length: number | undefined;
}

/**
 * The headers of a service's response that are meant for the client. A length is passed on only where it frames what
 * follows; a chunked body is framed anew.
 * @param status Below 200 nothing follows the head, so it has no length.
 * @param saysWhoMayRead What the service says of that is dropped: the gateway does.
 */
export function downstreamResponseHeaders(
  controller: DispatchController,
  parsed: ParsedHeaders,
  status: number,
  saysWhoMayRead = false,
): ResponseHead {
  const connection = parsed['connection'];
  const ofThisHop = nominated(typeof connection === 'object' ? connection.join() : connection);
  const sized = parsed['transfer-encoding'] === undefined && status !== 204 && status >= 200;
  const headers: string[] = [];
  let length: number | undefined;
  eachField(controller.rawHeaders, parsed, (name, value) => {
    const does = goesBack(name);
    if (saysWhoMayRead && isCorsHeader(name)) return;
    if (does === 'no' || (ofThisHop.size > 0 && ofThisHop.has(name.toLowerCase()))) return;
    if (does === 'length') {
      if (!sized) return;
      length = Number(value);
    }
    headers.push(name, value);
  });
  return { headers, length };
}

/** The names that a chunked response says will follow its body, of those that may. */
export function announcedTrailers(parsed: ParsedHeaders): string | undefined {
  const announced = parsed['trailer'];
  if (announced === undefined || parsed['transfer-encoding'] === undefined) return undefined;
  const names = [announced]
    .flat()
    .join()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && isTrailable(name.toLowerCase()));
  return names.length > 0 ? names.join(', ') : undefined;
}

/** The fields after the body that are meant for the client, as name, value, name, value. */
export function downstreamTrailers(controller: DispatchController, parsed: ParsedHeaders): string[] {
  const fields: string[] = [];
  eachField(controller.rawTrailers, parsed, (name, value) => {
    if (isTrailable(name.toLowerCase())) fields.push(name, value);
  });
  return fields;
}

function eachField(raw: RawHeaders, parsed: ParsedHeaders, take: (name: string, value: string) => void): void {
  if (raw) for (let index = 0; index < raw.length; index += 2) take(latin1(raw[index]), latin1(raw[index + 1]));
  else for (const name in parsed) for (const value of [parsed[name]].flat()) if (value !== undefined) take(name, value);
}

/** Some dispatchers hand the bytes on as the Buffers that they are. */
function latin1(part: string | Uint8Array | undefined): string {
  return typeof part === 'string' ? part : (part as Buffer).toString('latin1');
}
