import { describe, expect, it } from 'vitest';
import { parseFields } from './fields.ts';
import { parseHead, type ResponseHead } from './response-head.ts';

const head = (...lines: string[]): ResponseHead | string => parseHead(lines.map((line) => `${line}\r\n`).join(''));
const raw = (...lines: string[]): unknown => {
  const read = head('HTTP/1.1 200 OK', ...lines);
  return typeof read === 'string' ? read : read.fields.raw;
};

describe('a status line', () => {
  it.each<[string, object]>([
    ['HTTP/1.1 200 OK', { status: 200, reason: 'OK', minor: 1 }],
    ['HTTP/1.0 404 Not Found', { status: 404, reason: 'Not Found', minor: 0 }],
    ['HTTP/1.1 100 Continue', { status: 100, reason: 'Continue', minor: 1 }],
    ['HTTP/1.1 599 ', { status: 599, reason: '', minor: 1 }],
    ['HTTP/1.1 200', { status: 200, reason: '', minor: 1 }],
    ['HTTP/1.1 200  two', { status: 200, reason: ' two', minor: 1 }],
    ['HTTP/1.1 200 \t\xe4\xff~', { status: 200, reason: '\t\xe4\xff~', minor: 1 }],
  ])('%j is one', (line, expected) => void expect(head(line)).toMatchObject(expected));

  it.each([
    '',
    ' HTTP/1.1 200 OK',
    'HTTP/1.1  200 OK',
    'HTTP/1.1\t200 OK',
    'HTTP/1.1 200\tOK',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 200OK',
    'HTTP/1.1 +20 OK',
    'HTTP/1.1 2x0 OK',
    'HTTP/1.1 099 OK',
    'HTTP/1.1 600 OK',
    'HTTP/1.2 200 OK',
    'HTTP/2.0 200 OK',
    'HTTP/0.9 200 OK',
    'HTTP/1.10 200 OK',
    'HTTP/11 200 OK',
    'http/1.1 200 OK',
    'ICY 200 OK',
    'RTSP/1.0 200 OK',
    'HTTP/1.1 200 O\0K',
    'HTTP/1.1 200 O\x7fK',
    'HTTP/1.1 200 O\nK',
    'HTTP/1.1 200 O\rK',
    'HTTP/1.1 200 OK\r',
    '\nHTTP/1.1 200 OK',
    'GET / HTTP/1.1',
  ])('%j is none', (line) => void expect(head(line)).toBe(`its first line is ${JSON.stringify(line)}`));

  it('is shown in part where it is long', () => {
    expect(head('x'.repeat(500))).toBe(`its first line is "${'x'.repeat(80)}…"`);
  });
});

describe('a field', () => {
  it.each<[string, string[]]>([
    ['a:b', ['a', 'b']],
    ['A: b', ['A', 'b']],
    ['a:', ['a', '']],
    ['a: \t ', ['a', '']],
    ['a:\t b \t', ['a', 'b']],
    ['a: b\tc  d', ['a', 'b\tc  d']],
    ['a: b:c', ['a', 'b:c']],
    ['a::', ['a', ':']],
    ['a: \x80\xe4\xff', ['a', '\x80\xe4\xff']],
    ['a: \xa0b\xa0', ['a', '\xa0b\xa0']],
    ["!#$%&'*+-.^_`|~09Az: b", ["!#$%&'*+-.^_`|~09Az", 'b']],
  ])('%j is one', (line, expected) => void expect(raw(line)).toEqual(expected));

  it.each([
    'a',
    ':b',
    ' a: b',
    '\ta: b',
    'a : b',
    'a\t: b',
    'a b: c',
    'a\0: b',
    'a\x0b: b',
    'a\x7f: b',
    '\xe4: b',
    ...[...'()<>@,;\\"/[]?={}'].map((sign) => `a${sign}: b`),
    'a: \0',
    'a: \x01',
    'a: \x0b',
    'a: \x1f',
    'a: \x7f',
    'a: b\nc: d',
    'a: b\rc: d',
    'a: b\r',
    'a: b\n',
    '\na: b',
    '\r',
  ])('%j is none', (line) => {
    expect(raw('x: y', line, 'z: z')).toMatch(/^a line of its head is none: "/);
    expect(raw(line)).toMatch(/^a line of its head is none: "/);
  });

  it.each([' b', '\tb', ' ', '\t'])('is not continued by %j (obs-fold)', (line) => {
    expect(raw('a: x', line)).toBe(`a line of its head is none: ${JSON.stringify(line)}`);
  });

  it.each(['Transfer-Encoding:\tchunked', 'Transfer-Encoding: chunked\t', 'transfer-encoding: chunked\t '])(
    '%j has a tab that makes it another coding to some',
    (line) => {
      expect(raw(line)).toBe('a tab stands beside its transfer coding');
    },
  );

  it('whose line is none is shown alone, and in part where it is long', () => {
    expect(raw('a: b', `c ${'d'.repeat(500)}`)).toBe(`a line of its head is none: "c ${'d'.repeat(78)}…"`);
  });
});

describe('fields', () => {
  it('come as they were written, and by lower-case name', () => {
    const fields = parseFields('skipped\r\nB: 1\r\na: 2\r\nb: 3\r\nB:\r\n', 9);
    expect(fields).toEqual({
      raw: ['B', '1', 'a', '2', 'b', '3', 'B', ''],
      names: ['b', 'a', 'b', 'b'],
      byName: { b: ['1', '3', ''], a: '2' },
    });
  });

  it('may be none', () => {
    expect(parseFields('', 0)).toEqual({ raw: [], names: [], byName: {} });
  });

  it('have names that mean nothing to JavaScript', () => {
    const read = head('HTTP/1.1 200 OK', '__proto__: a', 'constructor: b', '__proto__: c', 'toString: d');
    const { byName } = (read as ResponseHead).fields;
    expect(Object.getPrototypeOf(byName)).toBeNull();
    expect(Object.entries(byName)).toEqual([
      ['__proto__', ['a', 'c']],
      ['constructor', 'b'],
      ['tostring', 'd'],
    ]);
    expect(byName['hasownproperty']).toBeUndefined();
  });

  it('may be many', () => {
    const lines = Array.from({ length: 1_000 }, (_, at) => `x-${at % 500}: ${at}`);
    expect(raw(...lines)).toEqual(lines.flatMap((line) => line.split(': ')));
  });
});
