import { STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http';
import { remembered } from '../http/remembered.ts';
import { httpDate } from './http-date.ts';

/** What the names of headers mean to the framing of an answer. */
type Kind = 'any' | 'length' | 'date' | 'connection' | 'dropped';

/** How an answer is framed is written here and nowhere else. Throws for what is no name. */
const kindOf: (name: string) => Kind = remembered((name) => {
  validateHeaderName(name);
  const lower = name.toLowerCase();
  if (lower === 'content-length') return 'length';
  if (lower === 'date' || lower === 'connection') return lower;
  return lower === 'transfer-encoding' || lower === 'keep-alive' ? 'dropped' : 'any';
});

const badValue = /[^\t\x20-\x7e\x80-\xff]/;

/** @throws ERR_INVALID_HTTP_TOKEN, ERR_INVALID_CHAR for what could be read as something else than a field. */
export function fieldLines(fields: readonly string[]): string {
  let lines = '';
  for (let index = 0; index < fields.length; index += 2) {
    const [name, value] = [fields[index] as string, fields[index + 1] as string];
    kindOf(name);
    if (badValue.test(value)) validateHeaderValue(name, value);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** The first lines of an answer, without those of its framing. */
export interface ResponseHead {
  readonly text: string;
  /** Bytes of the body, where it was said. */
  readonly length: number | undefined;
  /** Whoever wrote the headers wants the connection to end. */
  readonly closes: boolean;
}

/**
 * @param headers Name, value, name, value. @param epochMs For the Date header, where there is none.
 * @throws ERR_INVALID_HTTP_TOKEN, ERR_INVALID_CHAR, ERR_HTTP_INVALID_STATUS_CODE
 */
export function responseHead(status: number, headers: readonly string[], epochMs: number): ResponseHead {
  let text = statusLine(status);
  let [length, closes, isDated]: [number | undefined, boolean, boolean] = [undefined, false, false];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    const value = headers[index + 1] as string;
    const kind = kindOf(name);
    if (badValue.test(value)) validateHeaderValue(name, value);
    if (kind === 'dropped') continue;
    if (kind === 'connection') {
      if (/close/i.test(value)) closes = true;
      continue;
    }
    if (kind === 'date') isDated = true;
    else if (kind === 'length') length = Number(value);
    text += `${name}: ${value}\r\n`;
  }
  if (!isDated) text += `date: ${httpDate(epochMs)}\r\n`;
  return { text, length, closes };
}

const statusLines = new Map<number, string>();

export function statusLine(status: number): string {
  const known = statusLines.get(status);
  if (known !== undefined) return known;
  if (!Number.isInteger(status) || status < 100 || status > 999)
    throw Object.assign(new RangeError(`an answer cannot have the status ${status}`), { code: 'ERR_HTTP_INVALID_STATUS_CODE' });
  const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`;
  statusLines.set(status, line);
  return line;
}
