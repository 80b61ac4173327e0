import type { IncomingRequest } from '../http/exchange.ts';

export const requestIdHeader = 'x-request-id';

/** Whose request ids are taken over: nobody's, those that a trusted proxy passes on, or everybody's. */
export type RequestIdsFrom = 'nobody' | 'proxies' | 'clients';

/** Long enough for what is in use, and nothing that could end a line, a header or a label. */
const wellFormed = /^[\w.:=+/@-]{1,128}$/;

/** The id that came with a request, when whoever brought it is believed and it is one. */
export function givenRequestId({ headers, proxies }: IncomingRequest, from: RequestIdsFrom): string | undefined {
  if (from === 'clients' || (from === 'proxies' && proxies !== undefined)) {
    const given = headers.single(requestIdHeader);
    if (given !== undefined && wellFormed.test(given)) return given;
  }
  return undefined;
}
