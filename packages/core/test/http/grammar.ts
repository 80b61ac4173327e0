import type { Random } from '../../src/runtime/random.ts';

const contents: readonly string[] = ['a', 'b', '\r\n', '\n', '0', '\0', '\xff', 'HTTP/1.1 ', '5\r\n', '0\r\n\r\n'];
const extensions: readonly string[] = ['', '', '', ';a', ';a=b', ';a="b;\t\xff"', ';a="\\"\\\\";c=d'];
const trailers: readonly string[] = ['X-After: 1\r\n', 'Trailing:2 \r\n__proto__: 3\r\n'];
const lengthFields: readonly string[] = ['Content-Length: ', 'content-length:', 'Content-Length:\t 0'];
const codingFields: readonly string[] = ['Transfer-Encoding: chunked', 'transfer-encoding:Chunked '];

export interface Chances {
  /** A whole number below this one. */
  upTo(most: number): number;
  one<T>(choices: readonly T[]): T;
  /** One of them, or more often nothing. */
  maybe(choices: readonly string[]): string;
  some(most: number, line: () => string): string;
}

export function chances(random: Random): Chances {
  const upTo = (most: number): number => Math.floor(random() * most);
  const one = <T>(choices: readonly T[]): T => choices[upTo(choices.length)] as T;
  return {
    upTo,
    one,
    maybe: (choices) => (random() < 0.3 ? one(choices) : ''),
    some: (most, line) => Array.from({ length: upTo(most + 1) }, line).join(''),
  };
}

/** A body as the grammar has it (RFC 9112, sections 6 and 7), and the line in the head that says how it is framed. */
export function framedBody({ upTo, one, maybe, some }: Chances, framing: string): { readonly line: string; readonly body: string } {
  const content = (): string => some(10, () => one(contents));
  const chunk = (): string => {
    const data = `${content()}.`;
    return `${'0'.repeat(upTo(3))}${data.length.toString(16)}${one(extensions)}\r\n${data}\r\n`;
  };
  if (framing === 'none') return { line: '', body: '' };
  if (framing === 'chunked') {
    return { line: `${one(codingFields)}\r\n`, body: `${some(3, chunk)}0${one(extensions)}\r\n${maybe(trailers)}\r\n` };
  }
  const body = content();
  return { line: framing === 'sized' ? `${one(lengthFields)}${body.length}\r\n` : '', body };
}
