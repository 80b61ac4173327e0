import { METHODS } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Framing } from './framing.ts';
import { parseRequest, type ReceivedRequest, requestFraming, wantsMore } from './received-request.ts';

const parsed = (...lines: string[]): ReceivedRequest | string => parseRequest(lines.map((line) => `${line}\r\n`).join(''));
const head = (...lines: string[]): ReceivedRequest => parsed(...lines) as ReceivedRequest;

describe('a request line', () => {
  it.each<[string, object]>([
    ['GET / HTTP/1.1', { method: 'GET', target: '/', minor: 1 }],
    ['POST /a?b=c HTTP/1.0', { method: 'POST', target: '/a?b=c', minor: 0 }],
    ['M-SEARCH * HTTP/1.1', { method: 'M-SEARCH', target: '*', minor: 1 }],
    ['OPTIONS * HTTP/1.1', { method: 'OPTIONS', target: '*', minor: 1 }],
    ['QUERY / HTTP/1.1', { method: 'QUERY', target: '/', minor: 1 }],
    ['CONNECT h:443 HTTP/1.1', { method: 'CONNECT', target: 'h:443', minor: 1 }],
  ])('%j is one', (line, expected) => void expect(parsed(line)).toMatchObject(expected));

  it.each([
    ...['', ' ', 'GET', 'GET ', 'GET /', 'GET / ', 'GET HTTP/1.1', 'GET  HTTP/1.1', '/ HTTP/1.1', ' / HTTP/1.1'],
    ...[' GET / HTTP/1.1', '\tGET / HTTP/1.1', 'GET  / HTTP/1.1', 'GET /  HTTP/1.1', 'GET / HTTP/1.1 ', 'GET / HTTP/1.1\t'],
    ...['GET\t/ HTTP/1.1', 'GET /\tHTTP/1.1', 'GET\xa0/ HTTP/1.1', 'GET\x0b/ HTTP/1.1', 'GET /a b HTTP/1.1', 'GET / HTTP/1.1 x'],
    ...['GET / HTTP/1.2', 'GET / HTTP/2.0', 'GET / HTTP/0.9', 'GET / HTTP/1.10', 'GET / HTTP/01.1', 'GET / HTTP/1', 'GET / HTTP/11'],
    ...['GET / http/1.1', 'GET / Http/1.1', 'GET / HTTP /1.1', 'GET / HTTP/1.+1', 'GET / HTTPS/1.1', 'GET / ICE/1.0', 'GET / RTSP/1.0'],
    ...['get / HTTP/1.1', 'Get / HTTP/1.1', 'GE\0T / HTTP/1.1', 'G3T / HTTP/1.1', 'GET_ / HTTP/1.1', '\xefGET / HTTP/1.1'],
    ...['\nGET / HTTP/1.1', '\rGET / HTTP/1.1', 'GET / HTTP/1.1\r', 'GET /\n HTTP/1.1', 'GET /\r HTTP/1.1', 'GET / HTTP/1.1\nA: b'],
    ...['HTTP/1.1 200 OK', 'PRI * HTTP/2.0', '\x16\x03\x01'],
  ])('%j is none', (line) => void expect(parsed(line)).toBe(`its first line is ${JSON.stringify(line)}`));

  it('is shown in part where it is long', () => {
    expect(parsed('x'.repeat(500))).toBe(`its first line is "${'x'.repeat(80)}…"`);
  });

  it.each(METHODS)('has the method %s', (method) => {
    expect(parsed(`${method} ${method === 'CONNECT' ? 'h:1' : '/'} HTTP/1.1`)).toMatchObject({ method });
  });

  it.each(['FOO', 'GETT', 'GE', 'G', '-', 'GET-', 'MSEARCH', 'PRI', 'SETUP', 'HTTP', 'CONSTRUCTOR', 'A'.repeat(80)])(
    'has no method %s',
    (method) => void expect(parsed(`${method} / HTTP/1.1`)).toBe(`its method is ${JSON.stringify(method)}`),
  );
});

describe('a target', () => {
  const target = (method: string, text: string): string => {
    const read = parsed(`${method} ${text} HTTP/1.1`);
    return typeof read === 'string' ? read : read.target;
  };
  const printable = Array.from({ length: 0x7e - 0x20 }, (_, at) => String.fromCharCode(0x21 + at)).join('');

  it.each([
    ...['/', '//', '/a/../b', '/?', '/??a=/', '/a#b', '/%zz', `/${printable}`, `/?${printable}`, '/http://h/', '*'],
    ...[
      'http://h',
      'http://h/',
      'HTTP://h:80/x?y=1',
      'https://[::1]:8443?y',
      'http://u:p@h/x',
      'ftp://h/',
      'http://%41.~_-/',
      'http://h/a@b',
    ],
  ])('is %s', (text) => void expect(target('GET', text)).toBe(text));

  it.each([
    ...['x', 'x/y', '?x', '#x', '.', '*x', '**', '*/', 'h:80', '[::1]:80', '1.2.3.4', '@', ':', '://h', '"/"'],
    ...[
      'http:',
      'http:/',
      'http:/x',
      'http://',
      'http:///x',
      'http://?x',
      'http://h#x',
      'http://@h',
      'http://u@',
      'http://a@b@c/',
      'mailto:a',
    ],
    ...['http://h\\x', 'http://"/', 'http://h|', 'a+b://h', 'h2c://h', '://'],
  ])('is not %s', (text) => void expect(target('GET', text)).toBe(`its target is ${JSON.stringify(text)}`));

  it.each(['/\x80', '/\xe4', '/\xff', '/?\xe4', '/\0', '/\x7f', '/\x1f', '/\x0c', 'http://\xe4/'])(
    '%j has what belongs in none',
    (text) => {
      expect(target('GET', text)).toBe(`its first line is ${JSON.stringify(`GET ${text} HTTP/1.1`)}`);
    },
  );

  it.each(['h:443', 'a.example:1', '10.0.0.1:65535', '[::1]:8443'])('of a CONNECT is %s, and of nothing else', (text) => {
    expect(target('CONNECT', text)).toBe(text);
    for (const method of ['GET', 'OPTIONS']) expect(target(method, text)).toBe(`its target is ${JSON.stringify(text)}`);
  });

  it.each(['/', '*', 'h', 'h:', ':443', 'h:x', 'h:443/', 'h:123456', 'http://h/', 'http://h:80/', 'u@h:443', 'h:443?x', 'h:443#x'])(
    'of a CONNECT is not %s',
    (text) => void expect(target('CONNECT', text)).toBe(`its target is ${JSON.stringify(text)}`),
  );
});

describe('the fields of a request', () => {
  it('are as they came', () => {
    expect(head('GET / HTTP/1.1', 'Host: h', 'a:1', 'A: \t2 ', '__proto__: x').fields).toMatchObject({
      raw: ['Host', 'h', 'a', '1', 'A', '2', '__proto__', 'x'],
      byName: { host: 'h', a: ['1', '2'] },
    });
    expect(head('GET / HTTP/1.1').fields.raw).toEqual([]);
  });

  it.each(['a', ' a: b', 'a : b', ': b', 'a b: c', 'a: \0', 'a: b\rc', 'a: b\nc: d', 'GET / HTTP/1.1'])('are none in %j', (line) => {
    expect(parsed('GET / HTTP/1.1', 'x: y', line, 'z: z')).toMatch(/^a line of its head is none: "/);
  });

  it('are not continued (obs-fold)', () => {
    for (const line of [' b', '\tb', ' ']) expect(parsed('GET / HTTP/1.1', 'a: x', line)).toMatch(/^a line of its head is none/);
    expect(parsed('GET / HTTP/1.1', ' a: b')).toMatch(/^a line of its head is none/);
  });
});

const none: Framing = { kind: 'sized', length: 0 };
const chunked = 'Transfer-Encoding: chunked';

describe('the body of a request', () => {
  const framing = (lines: readonly string[], minor = 1, method = 'POST'): Framing | string =>
    requestFraming(head(`${method} ${method === 'CONNECT' ? 'h:1' : '/'} HTTP/1.${minor}`, ...lines));

  it.each<[string[], unknown]>([
    [[], none],
    [['Content-Length: 0'], none],
    [['Content-Length: 5'], { kind: 'sized', length: 5 }],
    [['content-length:5\t'], { kind: 'sized', length: 5 }],
    [['Content-Length: 0005'], { kind: 'sized', length: 5 }],
    [['Content-Length: 999999999999999'], { kind: 'sized', length: 999_999_999_999_999 }],
    [[chunked], { kind: 'chunked' }],
    [['transfer-encoding:CHUNKED '], { kind: 'chunked' }],
    [['Content_Length: 5'], none],
    [['Transfer_Encoding: chunked'], none],
    [['Connection: close'], none],
    [['Connection: Upgrade', 'Upgrade: x', 'Content-Length: 5'], { kind: 'sized', length: 5 }],
    [['Expect: 100-continue', chunked], { kind: 'chunked' }],
  ])('is read as %j says', (lines, expected) => void expect(framing(lines)).toEqual(expected));

  it.each(METHODS.filter((method) => method !== 'CONNECT'))('is read in the same way with %s', (method) => {
    expect([framing([], 1, method), framing(['Content-Length: 5'], 1, method), framing([chunked], 1, method)]).toEqual([
      none,
      { kind: 'sized', length: 5 },
      { kind: 'chunked' },
    ]);
  });

  it.each([
    ...[
      '',
      '+5',
      '-5',
      '-0',
      '+0',
      '0x5',
      '5h',
      '5.0',
      '5e1',
      '5 5',
      '5\t5',
      '5,5',
      '5, 5',
      '0, 0',
      '5;',
      '"5"',
      '\xb2',
      '5\xa0',
      'five',
      '1_0',
    ],
    ...[
      'Infinity',
      'NaN',
      'ff',
      '0b1',
      '0o7',
      '1000000000000000',
      '9007199254740993',
      '18446744073709551621',
      '0'.repeat(16),
      '9'.repeat(400),
    ],
  ])('has no length of %j', (length) => {
    expect(framing([`Content-Length: ${length}`])).toBe(`its length is ${JSON.stringify(length)}`);
    expect(framing([`Content-Length: ${length}`], 0, 'GET')).toBe(`its length is ${JSON.stringify(length)}`);
  });

  it.each([
    ['5', '6'],
    ['5', '5'],
    ['0', ''],
    ['0', '0'],
  ])('has no two lengths: %s and %s', (...lengths) => {
    const lines = lengths.map((length) => `Content-Length: ${length}`);
    expect(framing(lines)).toBe(`its length is ${JSON.stringify(lengths)}`);
    expect(framing([lines[0] as string, 'x: y', `content-length:${lengths[1]}`])).toBe(`its length is ${JSON.stringify(lengths)}`);
  });

  it.each([
    ...['', 'identity', 'gzip', 'gzip, chunked', 'chunked, gzip', 'chunked, chunked', 'chunked,', ',chunked', 'chunked;', 'chunked;q=1'],
    ...['xchunked', 'chunkedx', 'chunk', '"chunked"', 'chunked chunked', '\xa0chunked', 'chunked\x85'],
  ])('has no coding %j', (coding) => {
    expect(framing([`Transfer-Encoding:${coding}`])).toBe(`its transfer coding is ${JSON.stringify(coding)}`);
  });

  it('has one coding, without a tab beside it, and not beside a length', () => {
    expect(framing([chunked, chunked])).toBe('its transfer coding is ["chunked","chunked"]');
    expect(framing(['Transfer-Encoding: identity', chunked])).toBe('its transfer coding is ["identity","chunked"]');
    for (const length of ['0', '5', 'x', '']) {
      expect(framing([chunked, `Content-Length: ${length}`])).toBe('it has both a length and a transfer coding');
      expect(framing([`Content-Length: ${length}`, 'Transfer-Encoding: x'])).toBe('it has both a length and a transfer coding');
    }
    for (const line of ['Transfer-Encoding:\tchunked', 'Transfer-Encoding: chunked\t'])
      expect(parsed('POST / HTTP/1.1', line)).toBe('a tab stands beside its transfer coding');
  });

  it('has a coding only from HTTP/1.1 on', () => {
    expect(framing([chunked], 0)).toBe('it has a transfer coding in HTTP/1.0');
    expect(framing(['Transfer-Encoding: identity'], 0)).toBe('it has a transfer coding in HTTP/1.0');
    expect([framing(['Content-Length: 5'], 0), framing([], 0)]).toEqual([{ kind: 'sized', length: 5 }, none]);
  });

  it('is none with CONNECT, and may not be announced, since to llhttp what follows belongs to the tunnel', () => {
    for (const lines of [[], ['Content-Length: 0']]) expect(framing(lines, 1, 'CONNECT')).toEqual(none);
    for (const lines of [['Content-Length: 5'], [chunked]]) expect(framing(lines, 1, 'CONNECT')).toBe('it says that a CONNECT has a body');
    expect(framing(['Content-Length: x'], 1, 'CONNECT')).toBe('its length is "x"');
  });
});

describe('a client', () => {
  const wants = (minor: 0 | 1, values: readonly string[]): boolean =>
    wantsMore(head(`GET / HTTP/1.${minor}`, ...values.map((value) => `Connection: ${value}`)));

  it.each([
    [],
    ['keep-alive'],
    [''],
    ['x'],
    ['Upgrade'],
    ['keep-alive, Upgrade'],
    ['closed'],
    ['xclose'],
    ['close-not'],
    ['"close"'],
    ['close x'],
    ['x', 'keep-alive'],
  ])('takes more answers in HTTP/1.1: %j, %j', (...values) => void expect(wants(1, values)).toBe(true));

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
    ['Upgrade', 'y, close'],
  ])('takes no more: %j, %j', (...values) => {
    expect([wants(1, values), wants(0, values)]).toEqual([false, false]);
  });

  it('of HTTP/1.0 takes more only where it says that and nothing else', () => {
    for (const value of ['keep-alive', 'Keep-Alive', ' KEEP-ALIVE\t']) expect(wants(0, [value])).toBe(true);
    for (const values of [
      [],
      [''],
      ['x'],
      ['keep-alive, x'],
      ['keep-alive', 'keep-alive'],
      ['xkeep-alive'],
      ['keep-alivex'],
      ['keep alive'],
    ])
      expect(wants(0, values)).toBe(false);
  });
});
