import type { DispatchController, DispatchHandler } from '@tutti/core';
import { isPerHop, nominated } from './header-names.ts';

type ParsedHeaders = Parameters<DispatchHandler['onResponseStart']>[2];

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
 */
export function downstreamResponseHeaders(controller: DispatchController, parsed: ParsedHeaders, status: number): ResponseHead {
  const connection = parsed['connection'];
  const ofThisHop = nominated(typeof connection === 'object' ? connection.join() : connection);
  const sized = parsed['transfer-encoding'] === undefined && status !== 204;
  const headers: string[] = [];
  let length: number | undefined;
  const pass = (name: string, value: string): void => {
    const lower = name.toLowerCase();
    if (isPerHop(lower) || ofThisHop.has(lower)) return;
    if (lower === 'content-length') {
      if (!sized) return;
      length = Number(value);
    }
    headers.push(name, value);
  };
  const raw = controller.rawHeaders;
  if (raw) for (let index = 0; index < raw.length; index += 2) pass(latin1(raw[index]), latin1(raw[index + 1]));
  else for (const name in parsed) for (const value of [parsed[name]].flat()) if (value !== undefined) pass(name, value);
  return { headers, length };
}

/** HTTP/1.1 gives bytes, which undici hands on as the Buffers they are. */
function latin1(part: string | Uint8Array | undefined): string {
  return typeof part === 'string' ? part : (part as Buffer).toString('latin1');
}
