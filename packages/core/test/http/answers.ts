import type { Random } from '../../src/runtime/random.ts';

/** What comes after a request of a method, in latin1. */
export interface Answer {
  readonly method: string;
  readonly text: string;
}

const fields: readonly string[] = [
  'Content-Type: text/plain',
  'X-Empty:',
  'X-Wide: \t a b \t',
  'x-obs-text:\xe4\xff',
  '__proto__: polluted',
  'Set-Cookie: a=1; b="2"',
  'Set-Cookie: c=3',
  'Connection: keep-alive',
  'Connection: Close',
  'Connection: x, close ,y',
  'Keep-Alive: timeout=5, max=100',
  "!#$%&'*+-.^_`|~09: token",
];
const reasons: readonly string[] = [' OK', ' OK', ' OK', ' ', '', ' Not \xe4\tso', '  Two'];
const interims: readonly string[] = ['HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n', 'HTTP/1.1 199 ?\r\n\r\n'];
const contents: readonly string[] = ['a', 'b', '\r\n', '\n', '0', '\0', '\xff', 'HTTP/1.1 ', '5\r\n', '0\r\n\r\n'];
const extensions: readonly string[] = ['', '', '', ';a', ';a=b', ';a="b;\t\xff"', ';a="\\"\\\\";c=d'];
const trailers: readonly string[] = ['X-After: 1\r\n', 'Trailing:2 \r\n__proto__: 3\r\n'];
const behind: readonly string[] = ['\r\n', 'x', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'];

export function chances(random: Random): { upTo(most: number): number; one<T>(choices: readonly T[]): T } {
  const upTo = (most: number): number => Math.floor(random() * most);
  return { upTo, one: (choices) => choices[upTo(choices.length)] as never };
}

/** An answer as the grammar has it (RFC 9112), perhaps with interim ones before it and something else behind it. */
export function validAnswer(random: Random): Answer {
  const { upTo, one } = chances(random);
  const some = (most: number, line: () => string): string => Array.from({ length: upTo(most + 1) }, line).join('');
  const maybe = (choices: readonly string[]): string => (random() < 0.3 ? one(choices) : '');
  const field = (): string => `${one(fields)}\r\n`;
  const content = (): string => some(10, () => one(contents));
  const chunk = (): string => {
    const data = `${content()}.`;
    return `${'0'.repeat(upTo(3))}${data.length.toString(16)}${one(extensions)}\r\n${data}\r\n`;
  };

  const method = one(['GET', 'GET', 'GET', 'GET', 'HEAD']);
  const minor = one([1, 1, 1, 1, 0]);
  const status = one([200, 200, 200, 200, 206, 301, 404, 503, 599, 204, 304, 101]);
  const framing = one(['sized', 'sized', 'until close', ...(minor === 1 ? ['chunked', 'chunked'] : [])]);
  let [line, body] = ['', content()];
  if (framing === 'sized') line = `${one(['Content-Length: ', 'content-length:', 'Content-Length:\t 0'])}${body.length}\r\n`;
  if (framing === 'chunked') {
    line = `${one(['Transfer-Encoding: chunked', 'transfer-encoding:Chunked '])}\r\n`;
    body = `${some(3, chunk)}0${one(extensions)}\r\n${maybe(trailers)}\r\n`;
  }
  if (method === 'HEAD' || [204, 304, 101].includes(status)) body = '';
  const head = `HTTP/1.${minor} ${status}${one(reasons)}\r\n${some(3, field)}${line}${some(2, field)}\r\n`;
  return { method, text: `${maybe(interims)}${head}${body}${maybe(behind)}` };
}
