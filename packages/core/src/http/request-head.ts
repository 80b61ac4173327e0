import { shown } from '../options/rules.ts';
import type { DispatchRequest } from '../ports/http-dispatcher.ts';
import { httpError } from './http-errors.ts';

/** The head of a request as it goes out, and how its body is framed. */
export interface RequestHead {
  readonly text: string;
  /** Bytes of the body; undefined for one that is chunked. */
  readonly length: number | undefined;
}

const token = /^[!#$%&'*+.^_`|~\w-]+$/;
/** Origin-form (RFC 9112, section 3.2.1), and with OPTIONS the asterisk. No fragment, which is never sent. */
const target = /^\/[\x21\x22\x24-\x7e\x80-\xff]*$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const protocol = /^[\w!#$%&'*+.^`|~/-]+$/;

/** What the connection and its framing are is written here and nowhere else. */
const ours: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'expect']);

/** Methods with which servers expect a body, so that an empty one is said to be (RFC 9110, section 8.6). */
const usuallyWithBody: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Writes the head of a request. Its headers go out as they are given, in their order, behind a host and before the framing.
 * @param authority For the Host header, where there is none among the headers.
 * @throws HTTP_UNSENDABLE for what could be read as something else than was meant.
 */
export function requestHead(request: DispatchRequest, authority: string): RequestHead {
  const { method, path, upgrade, body } = request;
  if (!isText(token, method) || method === 'CONNECT') throw unsendable(`its method is ${quoted(method)}`);
  if (!isText(target, path) && !(path === '*' && method === 'OPTIONS'))
    throw unsendable('its path does not begin with /, or has a character that has no place in one');
  const head = new HeadWriter();
  head.take(request.headers);
  const host = head.hasHost ? '' : `host: ${authority}\r\n`;
  const first = `${method} ${path} HTTP/1.1\r\n${host}${head.text}`;
  if (upgrade !== undefined) {
    if (!isText(protocol, upgrade)) throw unsendable(`the protocol it wants is ${quoted(upgrade)}`);
    if (body || head.length) throw unsendable('it has a body and wants to switch protocols');
    return { text: `${first}connection: Upgrade\r\nupgrade: ${upgrade}\r\n\r\n`, length: 0 };
  }
  const length = lengthOf(body);
  if (head.length !== undefined && length !== undefined && head.length !== length)
    throw unsendable(`it says that its body has ${head.length} bytes, and it has ${length}`);
  const framed = head.length ?? length;
  if (framed === undefined) return { text: `${first}transfer-encoding: chunked\r\n\r\n`, length: framed };
  const isSaid = framed > 0 || head.length !== undefined || usuallyWithBody.has(method);
  return { text: isSaid ? `${first}content-length: ${framed}\r\n\r\n` : `${first}\r\n`, length: framed };
}

/** Field lines to follow a body. @throws HTTP_UNSENDABLE for what says how the message is framed, or could be read as something else. */
export function trailerLines(fields: readonly string[]): string {
  const writer = new HeadWriter();
  writer.take(fields);
  if (writer.length !== undefined || writer.hasHost) throw unsendable('what follows its body has a length or a host');
  return writer.text;
}

export function unsendable(problem: string): Error {
  return httpError('HTTP_UNSENDABLE', { problem });
}

/** undefined where it shows only as it comes. */
function lengthOf(body: DispatchRequest['body']): number | undefined {
  if (body === undefined || body === null) return 0;
  if (typeof body === 'string') return Buffer.byteLength(body);
  if (body instanceof Uint8Array) return body.byteLength;
  if (!isStream(body)) throw unsendable(`its body is ${quoted(body)}: no text, no bytes, no stream of Node`);
  return undefined;
}

export function isStream(body: unknown): body is NodeJS.ReadableStream {
  return typeof body === 'object' && body !== null && 'on' in body && typeof body.on === 'function';
}

/** A pattern alone would take what turns itself into a string, and another one the next time. */
function isText(pattern: RegExp, value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : shown(value);
}

class HeadWriter {
  text = '';
  length: number | undefined;
  hasHost = false;

  take(headers: DispatchRequest['headers']): void {
    if (!headers) return;
    if (isList(headers)) {
      if (headers.length % 2 !== 0) throw unsendable('the list of its headers ends with a name');
      for (let index = 0; index < headers.length; index += 2) this.#add(headers[index], headers[index + 1]);
      return;
    }
    if (typeof headers !== 'object' || Symbol.iterator in headers) throw unsendable('its headers are neither a list nor a record');
    for (const name in headers) {
      const value = headers[name];
      if (Array.isArray(value)) for (const each of value) this.#add(name, each);
      else if (value !== undefined) this.#add(name, value);
    }
  }

  #add(name: unknown, value: unknown): void {
    const kind = kindOf(name);
    if (kind === 'none') throw unsendable(`${quoted(name)} is no name of a header`);
    if (!isText(fieldValue, value)) throw unsendable(`the value of ${name} is no text, or has a character that has no place there`);
    if (kind === 'ours') throw unsendable(`${name} is not the sender's to say`);
    if (kind === 'length') {
      this.#takeLength(value);
      return;
    }
    if (kind === 'host') this.#takeHost();
    this.text += `${name}: ${value}\r\n`;
  }

  #takeLength(value: string): void {
    if (this.length !== undefined || !/^\d{1,15}$/.test(value)) throw unsendable(`its length is ${JSON.stringify(value)}`);
    this.length = Number(value);
  }

  #takeHost(): void {
    if (this.hasHost) throw unsendable('it has two hosts');
    this.hasHost = true;
  }
}

type Kind = 'any' | 'ours' | 'length' | 'host' | 'none';

/** What names are, for as many as are commonly sent: they are the same ones again and again. */
const kinds = new Map<unknown, Kind>();
const knownKinds = 1_000;

function kindOf(name: unknown): Kind {
  const known = kinds.get(name);
  if (known !== undefined) return known;
  if (!isText(token, name)) return 'none';
  const lower = name.toLowerCase();
  const kind = ours.has(lower) ? 'ours' : lower === 'content-length' ? 'length' : lower === 'host' ? 'host' : 'any';
  if (kinds.size < knownKinds) kinds.set(name, kind);
  return kind;
}

function isList(headers: NonNullable<DispatchRequest['headers']>): headers is readonly string[] {
  return Array.isArray(headers);
}
