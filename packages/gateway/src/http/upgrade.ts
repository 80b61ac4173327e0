import type { Duplex } from 'node:stream';
import type { RequestHeaders } from './request-headers.ts';

/** What a request asks its connection to become (RFC 9110, section 7.8), where its route allows that. */
export interface Upgrade {
  /** As the client spelt it. */
  readonly protocol: string;
  /**
   * Answers 101 and gives the connection away, with what the client has sent since. Nothing else can be answered then.
   * @param headers Name, value, name, value.
   */
  accept(headers: readonly string[]): Duplex;
}

/** The protocol that a request of HTTP/1.1 asks for, when it asks for one in the way that it has to and has no body. */
export function offeredProtocol(headers: RequestHeaders): string | undefined {
  const { byName } = headers;
  if (byName['upgrade'] === undefined) return undefined;
  const protocol = headers.combined('upgrade') as string;
  if (protocol.includes(',') || !/(?:^|[\s,])upgrade(?:[\s,]|$)/i.test(headers.combined('connection') ?? '')) return undefined;
  const hasBody = byName['transfer-encoding'] !== undefined || Number(headers.combined('content-length') ?? 0) !== 0;
  return hasBody ? undefined : protocol;
}
