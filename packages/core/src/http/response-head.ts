import { type Fields, parseFields, shown } from './fields.ts';

/** What stands before the body of an answer. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  /** Of HTTP/1.x. */
  readonly minor: 0 | 1;
  readonly fields: Fields;
}

/** RFC 9112, section 4, but for the space after the status, which many servers leave out with the reason. */
const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;

/** @param text The head in latin1 with the end of its last line, without the empty one. @returns what is wrong with it, if something is. */
export function parseHead(text: string): ResponseHead | string {
  const end = text.indexOf('\r\n');
  const line = text.slice(0, end);
  const parts = statusLine.exec(line);
  if (!parts) return `its first line is ${shown(line)}`;
  const fields = parseFields(text, end + 2);
  if (typeof fields === 'string') return fields;
  return { status: Number(parts[2]), reason: parts[3] ?? '', minor: parts[1] === '1' ? 1 : 0, fields };
}
