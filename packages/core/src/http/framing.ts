import type { FieldsByName } from './fields.ts';
import type { ResponseHead } from './response-head.ts';

/** How the end of a body is known. */
export type Framing = { readonly kind: 'sized'; readonly length: number } | { readonly kind: 'chunked' } | { readonly kind: 'until-close' };

const empty: Framing = { kind: 'sized', length: 0 };
const chunked: Framing = { kind: 'chunked' };
const untilClose: Framing = { kind: 'until-close' };

/**
 * RFC 9112, section 6.3, without what it lets a recipient guess: two lengths, a length beside a coding, and codings that are not
 * `chunked` alone are refused, since whoever stands behind could read them in another way.
 * @returns what is wrong, if something is.
 */
export function framingOf({ status, minor, fields: { byName } }: ResponseHead, method: string): Framing | string {
  const framing = messageFraming(minor, byName);
  if (typeof framing === 'string') return framing;
  // of an interim answer that it does not know, llhttp reads a body
  if (status > 103 && status < 200 && announcesBody(byName)) return `it says that an answer with status ${status} has a body`;
  if (method === 'HEAD' || status === 204 || status === 304 || status < 200) return empty;
  return framing ?? untilClose;
}

/** What a message says of its body; undefined for one that says nothing of it. @returns what is wrong, if something is. */
export function messageFraming(minor: 0 | 1, byName: FieldsByName): Framing | string | undefined {
  const coding = byName['transfer-encoding'];
  const length = byName['content-length'];
  if (coding !== undefined) {
    if (length !== undefined) return 'it has both a length and a transfer coding';
    if (minor === 0) return 'it has a transfer coding in HTTP/1.0';
    if (typeof coding !== 'string' || coding.toLowerCase() !== 'chunked') return `its transfer coding is ${JSON.stringify(coding)}`;
  }
  if (length !== undefined && (typeof length !== 'string' || !/^\d{1,15}$/.test(length))) return `its length is ${JSON.stringify(length)}`;
  if (coding !== undefined) return chunked;
  return length === undefined ? undefined : { kind: 'sized', length: Number(length) };
}

/** Whether the connection can serve another request afterwards (RFC 9112, section 9.3); HTTP/1.0 is not trusted with it. */
export function staysOpen({ status, minor, fields: { byName } }: ResponseHead, framing: Framing): boolean {
  if (minor === 0 || framing.kind === 'until-close') return false;
  if (status === 204 && announcesBody(byName)) return false; // who says that there is a body may send one
  const connection = byName['connection'];
  return connection === undefined || connection === 'keep-alive' || !saysClose(connection);
}

/** Whether a Connection header says that the connection ends (RFC 9110, section 7.6.1). */
export function saysClose(connection: string | readonly string[]): boolean {
  return /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i.test(String(connection));
}

function announcesBody(byName: FieldsByName): boolean {
  return byName['transfer-encoding'] !== undefined || Number(byName['content-length'] ?? 0) > 0;
}

/** For how long the server says that it keeps an unused connection, in milliseconds. */
export function keptFor({ fields: { byName } }: ResponseHead): number {
  const hint = byName['keep-alive'];
  const seconds = hint === undefined ? undefined : /(?:^|,)[\t ]*timeout[\t ]*=[\t ]*(\d{1,6})/i.exec(String(hint))?.[1];
  return seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1_000;
}
