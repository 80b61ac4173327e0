import { describe, expect, it, vi } from 'vitest';
import { keptFor } from '../../src/http/framing.ts';
import { parseHead, type ResponseHead } from '../../src/http/response-head.ts';
import { readAnswer } from './read-answer.ts';
import { readRequest } from './read-request.ts';

const line = 'HTTP/1.1 200 OK\r\n';
const chunked = `${line}Transfer-Encoding: chunked\r\n\r\n`;
const inOne = (text: string): string[] => [text];
const byteByByte = (text: string): string[] => [...text];

const ofAnswer = (pieces: readonly string[]): unknown => readAnswer('GET', pieces);

/** How many bytes are searched, or made into text, for each that came. What is only copied costs less than the packet that brought it. */
function looksPerByte(pieces: readonly string[], read: (pieces: readonly string[]) => unknown = ofAnswer): number {
  const { indexOf: search, toString: write } = Buffer.prototype;
  let looks = 0;
  using _search = vi.spyOn(Buffer.prototype, 'indexOf').mockImplementation(function (this: Buffer, what: unknown, from: unknown = 0) {
    const found = search.call(this, what as string, from as number, 'latin1');
    looks += (found === -1 ? this.length : found + 1) - (from as number);
    return found;
  });
  using _write = vi.spyOn(Buffer.prototype, 'toString').mockImplementation(function (this: Buffer, ...args: unknown[]) {
    const [encoding, from = 0, to = this.length] = args as [BufferEncoding?, number?, number?];
    looks += to - from;
    return write.call(this, encoding, from, to);
  });
  read(pieces);
  return looks / pieces.join('').length;
}

describe('whoever answers', () => {
  it.each<[string, string]>([
    ['a long line in a head', `${line}a: ${'b'.repeat(16_300)}`],
    ['many lines in a head', `${line}${'a: b\r\n'.repeat(2_700)}`],
    ['a long line before a chunk', `${chunked}5;${'a'.repeat(4_000)}`],
    ['long trailers', `${chunked}0\r\n${'a: b\r\n'.repeat(2_700)}`],
    ['many small chunks', `${chunked}${'1;a=b\r\nx\r\n'.repeat(5_000)}0\r\n\r\n`],
    ['many interim answers', 'HTTP/1.1 103 Early\r\na: b\r\n\r\n'.repeat(1_000)],
    ['a large body', `${line}Content-Length: 50000\r\n\r\n${'x'.repeat(50_000)}`],
  ])('sends %s has each byte looked at a few times, however they come', (_what, text) => {
    expect(looksPerByte(inOne(text))).toBeLessThan(4);
    expect(looksPerByte(byteByByte(text))).toBeLessThan(10);
  });

  it.each<[string, string]>([
    ['empty lines', '\r\n'.repeat(20_000)],
    ['a long target', `GET /${'x'.repeat(16_000)} HTTP/1.1\r\n\r\n`],
    ['many lines in a head', `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(2_700)}`],
    ['empty lines before a head that does not end', `${'\r\n'.repeat(5_000)}GET / HTTP/1.1\r\na: ${'b'.repeat(16_000)}`],
  ])('and whoever asks with %s, too', (_what, text) => {
    expect(looksPerByte(inOne(text), readRequest)).toBeLessThan(4);
    expect(looksPerByte(byteByByte(text), readRequest)).toBeLessThan(10);
  });

  it('would otherwise be found out (control)', () => {
    const head = `${line}a: ${'b'.repeat(1_000)}`;
    const again = Array.from(head, (_, at) => head.slice(0, at + 1)); // as if all that has come were read again with each byte
    let looks = 0;
    for (const text of again) looks += looksPerByte([text]) * text.length;
    expect(looks / head.length).toBeGreaterThan(100);
  });
});

/** The shortest of some tries, in milliseconds: whatever else goes on here only makes them longer. */
function shortest(run: () => unknown): number {
  const tries = Array.from({ length: 5 }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return Math.min(...tries);
}

describe('what is written to be slow to match', () => {
  const most = 16_000;
  const fill = (what: string): string => what.repeat(Math.floor(most / what.length));

  it.each<[string, string]>([
    ['a name', `${line}${fill('a')}\r\n\r\n`],
    ['names', `${line}${fill('a:\r\n')}b\r\n\r\n`],
    ['a value', `${line}a:${fill(':')}\0\r\n\r\n`],
    ['values', `${line}${fill('a: b\r\n')}a: \0\r\n\r\n`],
    ['blanks', `${line}a: b${fill(' ')}b\r\n\r\n`],
    ['blanks and tabs', `${line}a: ${fill(' \t')}\0\r\n\r\n`],
    ['a reason', `HTTP/1.1 200 ${fill(' ')}\0\r\n\r\n`],
    ['a connection', `${line}Connection: ${fill(',\t close \t')}x\r\n\r\n`],
    ['another connection', `${line}Connection: ${fill(' ')},${'close'.repeat(20)}\r\n\r\n`],
    ['a length', `${line}Content-Length: ${fill('1')}x\r\n\r\n`],
    ['extensions', `${chunked}5${';a="'.repeat(1_000)}\r\n`],
    ['quoted pairs', `${chunked}5;a="${'\\"'.repeat(2_000)}\r\n`],
    ['a name of an extension', `${chunked}5;${'a'.repeat(4_000)}\0\r\n`],
    ['trailers', `${chunked}0\r\n${fill('a: b\r\n')}a: \0\r\n\r\n`],
    ['lines that end in CR', `${line}${fill('\r')}`],
  ])('is not: %s', (_what, text) => {
    expect(shortest(() => readAnswer('GET', inOne(text)))).toBeLessThan(20);
  });

  it.each<[string, string]>([
    ['a method', `${fill('A')} `],
    ['a path', `GET ${fill('/')}\0 HTTP/1.1`],
    ['a scheme', `GET ${fill('a')}: HTTP/1.1`],
    ['users', `GET http://${fill('a@')} HTTP/1.1`],
    ['a host', `GET http://${fill('a')}| HTTP/1.1`],
    ['a query', `GET http://h${fill('?/')}\0 HTTP/1.1`],
    ['ports', `CONNECT ${fill(':1')}: HTTP/1.1`],
    ['a version', `GET / ${fill('HTTP/1.')}`],
    ['blanks', `GET ${fill(' ')}`],
  ])('is not: %s', (_what, line) => {
    expect(shortest(() => readRequest([`${line}\r\n\r\n`]))).toBeLessThan(20);
  });

  it.each([fill(',timeout '), fill(', \t'), `timeout${fill(' ')}`, fill('timeout=')])('is not: a hint, %#', (hint) => {
    const head = parseHead(`${line}Keep-Alive: ${hint}x\r\n`) as ResponseHead;
    expect(shortest(() => keptFor(head))).toBeLessThan(20);
  });

  it('would be (control)', () => {
    const value = `${fill(' ')}b`;
    expect(shortest(() => value.replace(/[\t ]+$/, ''))).toBeGreaterThan(20);
  });
});
