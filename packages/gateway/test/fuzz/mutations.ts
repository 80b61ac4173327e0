import type { Random } from '@tutti/core';

/** Requests as they should be, in latin1, from which bad ones are made. */
const seeds: readonly string[] = [
  'GET / HTTP/1.1\r\nHost: h\r\n\r\n',
  'GET /a/b?c=d&e=%20 HTTP/1.1\r\nHost: h.example:80\r\nAccept: */*\r\nCookie: a=1; b=2\r\n\r\n',
  'HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
  'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello',
  'POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n3\r\nyou\r\n0\r\nX-After: 1\r\n\r\n',
  'POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok',
  'GET http://h/a HTTP/1.1\r\nHost: h\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n',
  'GET / HTTP/1.0\r\n\r\n',
  'GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
  'GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n',
  'GET /a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer a.b.c\r\nTraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nX-Request-Id: 1\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n',
];

/** What servers have been known to read in different ways. */
const pieces: readonly string[] = [
  ...[
    '\r',
    '\n',
    '\r\n',
    '\0',
    ' ',
    '\t',
    '\v',
    ':',
    ';',
    ',',
    '\\',
    '//',
    '/../',
    '/./',
    '%',
    '%00',
    '%2e%2e',
    '%2f',
    '%25',
    '#',
    '?',
    '@',
    '\x7f',
    '\xff',
    '\x80',
  ],
  ...[
    'Content-Length: 5\r\n',
    'Content-Length: +5\r\n',
    'Content-Length: 5, 5\r\n',
    'Content-Length: 18446744073709551617\r\n',
    'Content-Length : 5\r\n',
  ],
  ...[
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding: xchunked\r\n',
    'Transfer-Encoding:\tchunked\r\n',
    'Transfer-Encoding: chunked, identity\r\n',
  ],
  ...[
    'Host: other\r\n',
    'Host:\r\n',
    ' folded\r\n',
    '\x00: 1\r\n',
    ': empty\r\n',
    'Connection: content-length\r\n',
    'Expect: x\r\n',
    'Te: trailers\r\n',
  ],
  ...[
    'X-Forwarded-For: 1\r\n',
    'Tutti-Principal: root\r\n',
    'Traceparent: x\r\n',
    'Tutti-Remaining-Ms: x\r\n',
    '0\r\n\r\n',
    'ffffffffffffffff\r\n',
    '-1\r\n',
  ],
];

/** A request with one to four things done to it, decided by chance alone. */
export function mutated(random: Random): string {
  const upTo = (most: number): number => Math.floor(random() * most);
  const one = <T>(choices: readonly T[]): T => choices[upTo(choices.length)] as T;
  let text = one(seeds);
  const at = (): number => upTo(text.length + 1);
  const bytes = (count: number): string => Array.from({ length: count }, () => String.fromCharCode(upTo(256))).join('');
  const insert = (what: string, where = at()): string => text.slice(0, where) + what + text.slice(where);
  const lineStart = (): number => text.indexOf('\r\n') + 2;
  const changes: readonly (() => string)[] = [
    () => insert(one(pieces)),
    () => insert(one(pieces), lineStart()),
    () => insert(bytes(1 + upTo(8))),
    () => {
      const from = at();
      return text.slice(0, from) + bytes(1) + text.slice(from + 1);
    },
    () => {
      const from = at();
      return text.slice(0, from) + text.slice(from + 1 + upTo(8));
    },
    () => {
      const from = at();
      return insert(text.slice(from, from + upTo(40)));
    },
    () => text.slice(0, at()),
    () => text.slice(0, at()) + one(seeds).slice(upTo(40)),
    () => insert(`X-${upTo(9)}: ${'y'.repeat(upTo(50))}\r\n`.repeat(upTo(150)), lineStart()),
    () => (random() < 0.1 ? insert('z'.repeat(upTo(20_000))) : text.replace('\r\n', '\n')),
    () => text.replace(/HTTP\/\d\.\d/, () => `HTTP/${upTo(10)}.${upTo(10)}`),
    () => text.replace(/^\w+/, () => one(['get', 'G', 'TRACE', 'PROPFIND', 'M-SEARCH', 'QUERY', 'PATCH', 'SOURCE', '', 'A'.repeat(30)])),
  ];
  for (let left = random() < 0.5 ? 1 : 1 + upTo(4); left > 0; left--) text = one(changes)();
  return text;
}
