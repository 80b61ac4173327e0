import { type Fields, parseFields, shown } from './fields.ts';
import { type Framing, messageFraming, saysClose } from './framing.ts';

/** What stands before the body of a request. */
export interface ReceivedRequest {
  readonly method: string;
  /** As it came: path and query, or another form of RFC 9112, section 3.2. */
  readonly target: string;
  /** Of HTTP/1.x. */
  readonly minor: 0 | 1;
  readonly fields: Fields;
}

/** RFC 9112, section 3. */
const requestLine = /^([A-Z-]+) ([\x21-\x7e]+) HTTP\/1\.([01])$/;

/** Origin-form, asterisk-form and absolute-form (RFC 9112, section 3.2), of which llhttp takes these. */
const targetForms = /^(?:\/.*|\*|[a-z]+:\/\/(?:[\w.~!$%&'()*+,;=:[\]-]+@)?[\w.~!$%&'()*+,;=:[\]-]+(?:[/?].*)?)$/i;

/** Authority-form, which is for CONNECT, and nothing else is. */
const authorityForm = /^[\w.~!$%&'()*+,;=:[\]-]+:\d{1,5}$/;

/** Those that llhttp knows: what a method means decides whether a body follows it. Written down, as Node loads its whole server with its list. */
const methods: ReadonlySet<string> = new Set([
  'ACL',
  'BIND',
  'CHECKOUT',
  'CONNECT',
  'COPY',
  'DELETE',
  'GET',
  'HEAD',
  'LINK',
  'LOCK',
  'M-SEARCH',
  'MERGE',
  'MKACTIVITY',
  'MKCALENDAR',
  'MKCOL',
  'MOVE',
  'NOTIFY',
  'OPTIONS',
  'PATCH',
  'POST',
  'PROPFIND',
  'PROPPATCH',
  'PURGE',
  'PUT',
  'QUERY',
  'REBIND',
  'REPORT',
  'SEARCH',
  'SOURCE',
  'SUBSCRIBE',
  'TRACE',
  'UNBIND',
  'UNLINK',
  'UNLOCK',
  'UNSUBSCRIBE',
]);

/** @param text The head in latin1 with the end of its last line, without the empty one. @returns what is wrong with it, if something is. */
export function parseRequest(text: string): ReceivedRequest | string {
  const end = text.indexOf('\r\n');
  const parts = requestLine.exec(text.slice(0, end));
  if (!parts) return `its first line is ${shown(text.slice(0, end))}`;
  const [, method = '', target = '', minor] = parts;
  if (!methods.has(method)) return `its method is ${shown(method)}`;
  if (!(method === 'CONNECT' ? authorityForm : targetForms).test(target)) return `its target is ${shown(target)}`;
  const fields = parseFields(text, end + 2);
  if (typeof fields === 'string') return fields;
  return { method, target, minor: minor === '1' ? 1 : 0, fields };
}

/** @returns what is wrong, if something is. A request without a length and without a coding has no body (RFC 9112, section 6.3). */
export function requestFraming({ method, minor, fields: { byName } }: ReceivedRequest): Framing | string {
  const framing = messageFraming(minor, byName) ?? noBody;
  if (method !== 'CONNECT' || typeof framing === 'string' || (framing.kind === 'sized' && framing.length === 0)) return framing;
  return 'it says that a CONNECT has a body'; // whatever it says, to llhttp what follows belongs to the tunnel
}

const noBody: Framing = { kind: 'sized', length: 0 };

/** Whether its sender takes more answers on the connection (RFC 9112, section 9.3). */
export function wantsMore({ minor, fields: { byName } }: ReceivedRequest): boolean {
  const connection = byName['connection'];
  if (connection === undefined) return minor === 1;
  return minor === 1 ? !saysClose(connection) : /^keep-alive$/i.test(String(connection));
}
