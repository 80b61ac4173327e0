import { describe, expect, it } from 'vitest';
import { ChunkedBody } from './chunked-body.ts';

/** What comes of pieces: the data, then the trailers and what stands behind them, or what is wrong. */
function read(...pieces: string[]): { data: string; trailers?: string[]; behind?: string; problem?: string; waiting?: string } {
  const body = new ChunkedBody();
  let [data, rest] = ['', Buffer.alloc(0)];
  for (const piece of pieces) {
    rest = Buffer.concat([rest, Buffer.from(piece, 'latin1')]);
    while (rest.length > 0) {
      const step = body.read(rest);
      if (typeof step === 'string') return { data, problem: step };
      rest = Buffer.from(step.rest);
      if (step.kind === 'more') break;
      if (step.kind === 'end') return { data, trailers: step.trailers.raw, behind: rest.toString('latin1') };
      data += step.data.toString('latin1');
    }
  }
  return { data, waiting: rest.toString('latin1') };
}

const badSize = (line: string): string => `the size of a chunk is ${JSON.stringify(line)}`;
const control = "the line of a chunk's size has a control character in it";

describe('a chunked body', () => {
  it('is what its chunks hold, whatever that is', () => {
    expect(read('5\r\nhello\r\n8\r\n\r\n0\r\n\r\n.\r\n1\r\n\0\r\n0\r\n\r\n')).toEqual({
      data: 'hello\r\n0\r\n\r\n.\0',
      trailers: [],
      behind: '',
    });
    expect(read('0\r\n\r\n')).toEqual({ data: '', trailers: [], behind: '' });
  });

  it('ends behind its trailers and takes nothing of what follows', () => {
    expect(read('1\r\na\r\n0\r\n\r\nHTTP/1.1 200')).toEqual({ data: 'a', trailers: [], behind: 'HTTP/1.1 200' });
    expect(read('0\r\nA: b\r\nc:\r\n\r\n\r\n\r\n')).toEqual({ data: '', trailers: ['A', 'b', 'c', ''], behind: '\r\n\r\n' });
  });

  it('gives what has come of a chunk, and keeps nothing of it', () => {
    expect(read('a\r\n123')).toEqual({ data: '123', waiting: '' });
    expect(read('a\r\n123', '45', '67890\r')).toEqual({ data: '1234567890', waiting: '\r' });
    expect(read('a')).toEqual({ data: '', waiting: 'a' });
    expect(read('0\r\n', '\r')).toEqual({ data: '', waiting: '\r' });
  });
});

describe('the size of a chunk', () => {
  it.each([
    ...['5', '05', '000000000005', '5;a', '5;a=b', '5;a;b;c', '5;a=b;c=d', "5;!#$%&'*+-.^_`|~09=!#$%&'*+-.^_`|~09"],
    ...['5;a=""', '5;a="b c;d=\t\xff"', '5;a="\\"\\\\"', '5;a="b";c'],
  ])('may be written %j', (line) => {
    expect(read(`${line}\r\nhello\r\n0\r\n\r\n`)).toMatchObject({ data: 'hello', behind: '' });
    expect(read(`0${line.slice(line.search(/;|$/))}\r\n\r\n`)).toMatchObject({ data: '', behind: '' });
  });

  it('is hexadecimal in either case', () => {
    expect(read(`1A\r\n${'a'.repeat(26)}\r\n1a\r\n${'b'.repeat(26)}\r\n`).data).toHaveLength(52);
    expect(read('ffffffffffff\r\nabc')).toEqual({ data: 'abc', waiting: '' });
  });

  it.each([
    ...['', ' ', ' 5', '5 ', '5\t', '\t5', '-5', '+5', '0x5', '5x', 'g', '5_0', '5.0', '5,5', '5 5', '5h', '\xb2', '5\xa0'],
    ...['0000000000005', 'fffffffffffff', 'ffffffffffffffff', '10000000000000005'],
    ...['5;', '5 ;a', '5; a', '5;a ', '5;a b', '5;a =b', '5;a= b', '5;a=', '5;=b', '5;;a', '5;a;', '5;a=b=c', '5:a', '5,a', '5;\xff'],
    ...['5;a="b', '5;a="b"c', '5;a=b"c"', '5;a="\\"', '5;a="b" ', '5;a="b"=c', '5;a@'],
  ])('is not %j', (line) => {
    expect(read(`${line}\r\nhello\r\n0\r\n\r\n`)).toEqual({ data: '', problem: badSize(line.slice(0, 40)) });
    expect(read(...[...`${line}\r\n`])).toEqual({ data: '', problem: badSize(line.slice(0, 40)) });
  });

  it.each([
    ['5\nhello\r\n', '5\nhello'],
    ['5\r\r\nhello', '5\r'],
    ['5;a\0\r\n', '5;a\0'],
    ['5;a="\x7f"\r\n', '5;a="\x7f"'],
    ['5;a=\n\r\n', '5;a=\n'],
    ['\r5\r\n', '\r5'],
    ['\n5\r\n', '\n5'],
  ])('has no control characters: %j', (text, line) => {
    expect(read(text)).toEqual({ data: '', problem: badSize(line) });
    expect(read(...text)).toEqual({ data: '', problem: control });
  });

  it('stands in a line of at most 4096 bytes, however they come', () => {
    const line = (length: number): string => `1;${'a'.repeat(length - 4)}\r\n`;
    const tooLong = { data: '', problem: "the line of a chunk's size took more than 4096 bytes" };
    for (const cut of [(text: string) => [text], (text: string) => [...text]]) {
      expect(read(...cut(`${line(4_096)}a\r\n0\r\n\r\n`))).toMatchObject({ data: 'a', behind: '' });
      expect(read(...cut(line(4_097)))).toEqual(tooLong);
    }
    expect(read('1'.repeat(4_095))).toMatchObject({ waiting: '1'.repeat(4_095) });
    expect(read('1'.repeat(4_096))).toEqual(tooLong);
  });
});

describe('behind a chunk', () => {
  it.each(['\n', '\rx', '\r\r\n', ' \r\n', 'o\r\n', '\0', '0\r\n\r\n'])('stands CR LF, not %j', (behind) => {
    expect(read(`5\r\nhello${behind}`)).toEqual({ data: 'hello', problem: 'a chunk is longer than it says' });
    expect(read('5\r\nhello', ...behind)).toEqual({ data: 'hello', problem: 'a chunk is longer than it says' });
  });
});

describe('trailers', () => {
  it.each([
    ['A : b\r\n\r\n', /^a line of its head is none: "A : b"/],
    ['A: b\r\n c\r\n\r\n', /^a line of its head is none: " c"/],
    [' A: b\r\n\r\n', /^a line of its head is none: " A: b"/],
    ['A: \0\r\n\r\n', /^a line of its head is none/],
    ['\rA: b\r\n\r\n', /^a line of its head is none/],
    ['A: b\rc: d\r\n\r\n', /^a line of its head is none/],
    ['A\r\n\r\n', /^a line of its head is none: "A"/],
    ['\n', /LF alone/],
    ['A: b\n', /LF alone/],
    ['A: b\r\n\n', /LF alone/],
    ['Content-Length: 5\r\n\r\n', /^its trailers say how it is framed$/],
    ['a: b\r\ncontent-LENGTH:\r\n\r\n', /^its trailers say how it is framed$/],
    ['Transfer-Encoding: chunked\r\n\r\n', /^its trailers say how it is framed$/],
  ])('are not %j', (text, problem) => {
    expect(read(`0\r\n${text}`)).toEqual({ data: '', problem: expect.stringMatching(problem) });
    expect(read(...`0\r\n${text}`)).toEqual({ data: '', problem: expect.stringMatching(problem) });
  });

  it('have at most 16 KiB, however they come', () => {
    const trailers = (length: number): string => `0\r\na: ${'b'.repeat(length - 7)}\r\n\r\n`;
    const tooLong = { data: '', problem: 'its trailers took more than 16384 bytes' };
    for (const cut of [(text: string) => [text], (text: string) => [...text]]) {
      expect(read(...cut(`${trailers(16_384)}x`.slice(0, -1)))).toMatchObject({ trailers: ['a', 'b'.repeat(16_377)], behind: '' });
      expect(read(...cut(trailers(16_385)))).toEqual(tooLong);
    }
    expect(read(`0\r\na: ${'b'.repeat(16_381)}`)).toEqual(tooLong);
  });
});
