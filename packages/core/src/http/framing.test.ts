import { describe, expect, it } from 'vitest';
import { type Framing, framingOf, keptFor, staysOpen } from './framing.ts';
import { parseHead, type ResponseHead } from './response-head.ts';

function head(status: number, lines: readonly string[] = [], minor = 1): ResponseHead {
  return parseHead([`HTTP/1.${minor} ${status} x`, ...lines, ''].join('\r\n')) as ResponseHead;
}
const framing = (status: number, lines: readonly string[], method = 'GET', minor = 1): Framing | string =>
  framingOf(head(status, lines, minor), method);

const none = { kind: 'sized', length: 0 };
const chunked = ['Transfer-Encoding: chunked'];

describe('the body of an answer', () => {
  it.each<[string[], unknown]>([
    [[], { kind: 'until-close' }],
    [['Content-Length: 5'], { kind: 'sized', length: 5 }],
    [['content-length:5 '], { kind: 'sized', length: 5 }],
    [['Content-Length: 0'], none],
    [['Content-Length: 0005'], { kind: 'sized', length: 5 }],
    [['Content-Length: 999999999999999'], { kind: 'sized', length: 999_999_999_999_999 }],
    [chunked, { kind: 'chunked' }],
    [['transfer-encoding:CHUNKED '], { kind: 'chunked' }],
    [['Content_Length: 5'], { kind: 'until-close' }],
    [['Transfer_Encoding: chunked'], { kind: 'until-close' }],
  ])('is read as %j says', (lines, expected) => void expect(framing(200, lines)).toEqual(expected));

  it.each([
    ...['', '+5', '-5', '-0', '0x5', '5.0', '5e1', '5 5', '5,5', '5, 5', '5;', '"5"', '\xb2', 'five', '1_0', 'Infinity', 'NaN'],
    ...['1000000000000000', '9007199254740993', '18446744073709551621', '9'.repeat(400)],
  ])('has no length of %j', (length) => {
    expect(framing(200, [`Content-Length: ${length}`])).toBe(`its length is ${JSON.stringify(length)}`);
  });

  it.each([
    ['5', '6'],
    ['5', '5'],
    ['0', ''],
  ])('has no two lengths: %s and %s', (...lengths) => {
    const lines = lengths.map((length) => `Content-Length: ${length}`);
    expect(framing(200, lines)).toBe(`its length is ${JSON.stringify(lengths)}`);
  });

  it.each([
    ...['', 'identity', 'gzip', 'gzip, chunked', 'chunked, gzip', 'chunked, chunked', 'chunked,', ',chunked', 'chunked;', 'chunked;q=1'],
    ...['xchunked', 'chunkedx', 'chunk', '"chunked"', "'chunked'", 'chunked chunked', '\xa0chunked', 'chunked\x85'],
  ])('has no coding %j', (coding) => {
    expect(framing(200, [`Transfer-Encoding:${coding}`])).toBe(`its transfer coding is ${JSON.stringify(coding)}`);
  });

  it('has one coding, and not beside a length', () => {
    expect(framing(200, [...chunked, ...chunked])).toBe('its transfer coding is ["chunked","chunked"]');
    expect(framing(200, ['Transfer-Encoding: gzip', ...chunked])).toBe('its transfer coding is ["gzip","chunked"]');
    expect(framing(200, [...chunked, 'Content-Length: 5'])).toBe('it has both a length and a transfer coding');
    expect(framing(200, ['Content-Length: 0', ...chunked])).toBe('it has both a length and a transfer coding');
    expect(framing(200, [...chunked, 'Content-Length: x'])).toBe('it has both a length and a transfer coding');
  });

  it('has a coding only from HTTP/1.1 on', () => {
    expect(framing(200, chunked, 'GET', 0)).toBe('it has a transfer coding in HTTP/1.0');
    expect(framing(200, ['Content-Length: 5'], 'GET', 0)).toEqual({ kind: 'sized', length: 5 });
    expect(framing(200, [], 'GET', 0)).toEqual({ kind: 'until-close' });
  });

  it.each([
    ['HEAD', 200],
    ['HEAD', 404],
    ['GET', 204],
    ['GET', 304],
    ['GET', 100],
    ['GET', 101],
    ['GET', 102],
    ['GET', 103],
  ])('is none: %s, %d', (method, status) => {
    for (const lines of [[], ['Content-Length: 5'], chunked]) expect(framing(status, lines, method)).toEqual(none);
    for (const lines of [['Content-Length: x'], ['Content-Length: 5', 'Content-Length: 5'], ['Content-Length: 5', ...chunked]])
      expect(framing(status, lines, method)).toBeTypeOf('string');
  });

  it('of an interim answer that nobody knows would be one to some', () => {
    for (const lines of [[], ['Content-Length: 0']]) expect(framing(150, lines)).toEqual(none);
    for (const lines of [['Content-Length: 5'], chunked])
      expect(framing(150, lines)).toBe('it says that an answer with status 150 has a body');
  });

  it.each(['head', 'GET', 'HEADS', ''])('is there for any method but HEAD: %j', (method) => {
    expect(framing(200, ['Content-Length: 5'], method)).toEqual({ kind: 'sized', length: 5 });
  });
});

describe('a connection', () => {
  const open = (lines: readonly string[], status = 200, minor = 1): boolean => {
    const read = head(status, [...lines, ...(status === 200 ? ['Content-Length: 0'] : [])], minor);
    return staysOpen(read, framingOf(read, 'GET') as Framing);
  };

  it.each([
    [],
    ['keep-alive'],
    ['Keep-Alive'],
    [''],
    ['x'],
    ['closed'],
    ['xclose'],
    ['close-not'],
    ['"close"'],
    ['close x'],
    ['x', 'keep-alive'],
  ])('stays open: %j, %j', (...values) => void expect(open(values.map((value) => `Connection: ${value}`))).toBe(true));

  it.each([
    ['close'],
    ['Close'],
    ['CLOSE'],
    [' \tclose\t '],
    ['close,'],
    [',close'],
    ['close, keep-alive'],
    ['keep-alive, close'],
    ['keep-alive ,\tclose\t, x'],
    ['x,close,y'],
    ['keep-alive', 'close'],
    ['close', 'keep-alive'],
    ['x', 'y, close'],
  ])('ends: %j, %j', (...values) => void expect(open(values.map((value) => `Connection: ${value}`))).toBe(false));

  it('ends where nothing else ends the body, after HTTP/1.0, and after a 204 that says that it has a body', () => {
    const read = head(200);
    expect(staysOpen(read, framingOf(read, 'GET') as Framing)).toBe(false);
    expect(staysOpen(read, framingOf(read, 'HEAD') as Framing)).toBe(true);
    expect(open(['Connection: keep-alive'], 200, 0)).toBe(false);
    expect([open([], 204), open(['Content-Length: 0'], 204), open([], 304), open(['Content-Length: 5'], 304)]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([open(['Content-Length: 5'], 204), open(chunked, 204)]).toEqual([false, false]);
  });

  it.each<[string[], number]>([
    [[], Number.POSITIVE_INFINITY],
    [['timeout=5'], 5_000],
    [['Timeout = 5 , max=100'], 5_000],
    [['max=100,\ttimeout=72'], 72_000],
    [['max=100', 'timeout=6'], 6_000],
    [['timeout=0'], 0],
    [['timeout=5', 'timeout=6'], 5_000],
    [['timeout=99999999'], 999_999_000],
    [['timeout'], Number.POSITIVE_INFINITY],
    [['timeout=-5'], Number.POSITIVE_INFINITY],
    [['xtimeout=5'], Number.POSITIVE_INFINITY],
    [['timeout="5"'], Number.POSITIVE_INFINITY],
  ])('is kept as long as %j says', (values, ms) => {
    expect(
      keptFor(
        head(
          200,
          values.map((value) => `Keep-Alive: ${value}`),
        ),
      ),
    ).toBe(ms);
  });
});
