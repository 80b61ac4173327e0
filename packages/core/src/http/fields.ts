/** By lower-case name; a field that came more than once is a list. */
export type FieldsByName = Record<string, string | string[]>;

export interface Fields {
  /** Name, value, name, value, as they came. */
  readonly raw: string[];
  /** The names of `raw` in lower case, in the same order. */
  readonly names: string[];
  readonly byName: FieldsByName;
}

/** RFC 9112, section 5: no space before the colon, no folded lines, no line that ends in less than CR LF. */
const fieldLines = /^(?:[!#$%&'*+.^_`|~\w-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/;

/** Field lines from a position to the end of the text. @returns what is wrong with them, if something is. */
export function parseFields(text: string, from: number): Fields | string {
  const lines = from === 0 ? text : text.slice(from);
  if (!fieldLines.test(lines))
    return `a line of its head is none: ${shown(lines.split('\r\n').find((line) => !fieldLines.test(`${line}\r\n`)) ?? '')}`;
  const raw: string[] = [];
  const names: string[] = [];
  const byName: FieldsByName = Object.create(null);
  for (let at = 0; at < lines.length; ) {
    const colon = lines.indexOf(':', at);
    const end = lines.indexOf('\r\n', colon);
    const name = lines.slice(at, colon);
    const value = trimmed(lines, colon + 1, end);
    raw.push(name, value);
    const lower = name.toLowerCase();
    names.push(lower);
    // with a tab behind it llhttp takes it for another one, and reads until the connection ends
    if (lower === 'transfer-encoding' && lines.slice(colon, end).includes('\t')) return 'a tab stands beside its transfer coding';
    const before = byName[lower];
    if (before === undefined) byName[lower] = value;
    else if (typeof before === 'string') byName[lower] = [before, value];
    else before.push(value);
    at = end + 2;
  }
  return { raw, names, byName };
}

/** Without the blanks and tabs around it, and only those: `trim` would take what is part of a value in latin1. */
function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (start < end && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** A line for a message, cut where it is long. */
export function shown(line: string): string {
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line);
}
