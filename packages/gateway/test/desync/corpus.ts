/**
 * Requests that two servers may take for different ones, made from the grammar of RFC 9112: every production that says where a message
 * ends is written in every way that some server somewhere takes for right. Each is followed by another request, or has one in its body.
 */
export interface Payload {
  readonly name: string;
  readonly bytes: string;
}

/** Where the requests of one payload go, so that all that any server sees of it is told apart from every other. */
interface Targets {
  readonly first: string;
  readonly hidden: string;
}

type Make = (targets: Targets) => string;
const host = 'Host: h\r\n';
const hiddenRequest = (hidden: string): string => `GET ${hidden} HTTP/1.1\r\n${host}\r\n`;
const hex = (text: string): string => text.length.toString(16);

/** Ways to write the field that says that a body is chunked (RFC 9112, section 6.1). */
const codings: readonly string[] = [
  'Transfer-Encoding: chunked',
  'Transfer-Encoding:chunked',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding: chunked ',
  'Transfer-Encoding: chunked\t',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding\t: chunked',
  ' Transfer-Encoding: chunked',
  '\tTransfer-Encoding: chunked',
  'Transfer_Encoding: chunked',
  'transfer-ENCODING: CHUNKED',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunkedx',
  'Transfer-Encoding: chunked,',
  'Transfer-Encoding: ,chunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: identity, chunked',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: 'chunked'",
  'Transfer-Encoding: chunked;q=1',
  'Transfer-Encoding: chunked\x00',
  'Transfer-Encoding: \x00chunked',
  'Transfer-Encoding: \x0bchunked',
  'Transfer-Encoding: \x0cchunked',
  'Transfer-Encoding: \x7fchunked',
  'Transfer-Encoding: \xa0chunked',
  'Transfer-Encoding\x00: chunked',
  'Transfer-Encoding\x0b: chunked',
  'Transfer-Encoding:\r\n chunked',
  'Transfer-Encoding:\r\n\tchunked',
  'Transfer-Encoding: chunked\r\n x',
  'Transfer-Encoding:\n chunked',
  'Transfer-Encoding\r\n: chunked',
  'X-A: 1\nTransfer-Encoding: chunked',
  'X-A: 1\rTransfer-Encoding: chunked',
  'X-A: 1\r\rTransfer-Encoding: chunked',
  'X-A: 1\r\n\rTransfer-Encoding: chunked',
  'X-A: 1\x00\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
  'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-encoding: x',
  'Transfer-Encoding\r\nTransfer-Encoding: chunked',
  'Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked',
  'TE: chunked',
  'Foo: bar\r\n\tTransfer-Encoding: chunked',
];

/** Ways to write a length; `N` is the number (section 6.2). */
const lengths: readonly string[] = [
  'Content-Length: N',
  'Content-Length:N',
  'Content-Length: +N',
  'Content-Length: -N',
  'Content-Length: 0N',
  'Content-Length: 00000000000000000000N',
  'Content-Length: 0xN',
  'Content-Length: N.0',
  'Content-Length: Ne0',
  'Content-Length: N,N',
  'Content-Length: N, N',
  'Content-Length: N, 0',
  'Content-Length: 0, N',
  'Content-Length: N N',
  'Content-Length: N;',
  'Content-Length: N\x00',
  'Content-Length: N\x0b',
  'Content-Length: \x0bN',
  'Content-Length: \xa0N',
  'Content-Length: "N"',
  'Content-Length: N_0',
  'Content-Length: ',
  'Content-Length: 18446744073709551616',
  'Content-Length: 9007199254740993',
  'Content-Length: \xb2',
  'Content-Length : N',
  'Content-Length\t: N',
  ' Content-Length: N',
  'Content_Length: N',
  'Content-Length\x00: N',
  'Content-Length:\r\n N',
  'Content-Length: N\r\n 0',
  'Content-Length: N\r\nContent-Length: N',
  'Content-Length: N\r\nContent-Length: 0',
  'Content-Length: 0\r\nContent-Length: N',
  'X-A: 1\nContent-Length: N',
  'X-A: 1\rContent-Length: N',
  'Connection: Content-Length\r\nContent-Length: N',
  'Connection: close, Content-Length\r\nContent-Length: N',
];

/** Ways to write the size of a chunk of five bytes and what may follow it (section 7.1). */
const sizes: readonly string[] = [
  '5\r\n',
  '05\r\n',
  '0000000000000005\r\n',
  '00000000000000000000000005\r\n',
  '+5\r\n',
  '-5\r\n',
  '0x5\r\n',
  '5 \r\n',
  ' 5\r\n',
  '5\t\r\n',
  '5;a\r\n',
  '5;a=b\r\n',
  '5; a = b\r\n',
  '5;a="b;c"\r\n',
  '5;a="b\r\nc"\r\n',
  '5;a\nb\r\n',
  '5;a\rb\r\n',
  '5;\r\n',
  '5;;\r\n',
  '5;a\x00\r\n',
  '5\n',
  '5\r',
  '5\r\r\n',
  '5\n\n',
  '5\x00\r\n',
  '5\x0b\r\n',
  '5,0\r\n',
  '5.0\r\n',
  '5g\r\n',
  '10000000000000005\r\n',
  'ffffffffffffffff\r\n',
  '\r\n',
  '\r\n5\r\n',
];

/** What may stand after the data of a chunk, which is CRLF and nothing else. */
const dataEnds: readonly string[] = ['\r\n', '\n', '\r', '', 'XX', '\r\r\n', '\n\r', 'X\r\n', ' \r\n', '\r\n\r\n'];

/** Last chunks and what follows them (section 7.1.2). */
const lastChunks: readonly string[] = [
  '0\r\n\r\n',
  '00\r\n\r\n',
  '0;a\r\n\r\n',
  '-0\r\n\r\n',
  '0\n\n',
  '0\r\n\n',
  '0\n\r\n',
  '0\r\r',
  '0\r\nX: 1\r\n\r\n',
  '0\r\nX: 1\n\n',
  '0\r\nX: 1\r\n y\r\n\r\n',
  '0\r\nContent-Length: 50\r\n\r\n',
  '0\r\nTransfer-Encoding: chunked\r\n\r\n',
  '0\r\nHost: other\r\n\r\n',
  '0\r\n: x\r\n\r\n',
  '0\r\nX\r\n\r\n',
  '0\r\nX : 1\r\n\r\n',
  '0 \r\n\r\n',
  '\r\n0\r\n\r\n',
];

/** Request lines (section 3), with what follows them up to the fields. */
const requestLines: readonly Make[] = [
  ({ first }) => `GET http://other${first} HTTP/1.1\r\n`,
  ({ first }) => `GET https://h:80${first} HTTP/1.1\r\n`,
  ({ first }) => `GET //other${first} HTTP/1.1\r\n`,
  ({ first }) => `GET  ${first} HTTP/1.1\r\n`,
  ({ first }) => `GET\t${first}\tHTTP/1.1\r\n`,
  ({ first }) => `GET ${first}  HTTP/1.1\r\n`,
  ({ first }) => `GET ${first} HTTP/1.1 \r\n`,
  ({ first }) => `GET ${first} HTTP/1.1 HTTP/1.1\r\n`,
  ({ first, hidden }) => `GET ${first} HTTP/1.1\r\n\r\nGET ${hidden} HTTP/1.1\r\n`,
  ({ first }) => `GET ${first} HTTP/1.1\n`,
  ({ first }) => `GET ${first} HTTP/1.1\r`,
  ({ first }) => `\r\nGET ${first} HTTP/1.1\r\n`,
  ({ first }) => `\r\n\r\n\r\nGET ${first} HTTP/1.1\r\n`,
  ({ first }) => ` GET ${first} HTTP/1.1\r\n`,
  ({ first }) => `\nGET ${first} HTTP/1.1\r\n`,
  ({ first }) => `get ${first} HTTP/1.1\r\n`,
  ({ first }) => `G\x00ET ${first} HTTP/1.1\r\n`,
  ({ first }) => `GET ${first}\x00 HTTP/1.1\r\n`,
  ({ first }) => `GET ${first}\x0b HTTP/1.1\r\n`,
  ({ first }) => `GET ${first}\xa0 HTTP/1.1\r\n`,
  ({ first }) => `GET ${first}#a HTTP/1.1\r\n`,
  ({ first }) => `GET ${first}?a b HTTP/1.1\r\n`,
  ({ first }) => `GET ${first}\r\n`,
  ({ first }) => `GET ${first} HTTP/0.9\r\n`,
  ({ first }) => `GET ${first} HTTP/1.2\r\n`,
  ({ first }) => `GET ${first} HTTP/1.10\r\n`,
  ({ first }) => `GET ${first} HTTP/01.1\r\n`,
  ({ first }) => `GET ${first} HTTP/2.0\r\n`,
  ({ first }) => `GET ${first} http/1.1\r\n`,
  ({ first }) => `GET ${first} ICE/1.0\r\n`,
  ({ first }) => `GET ${first} RTSP/1.0\r\n`,
  ({ first }) => `GET ${first} HTTP/1.1x\r\n`,
  () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  () => 'OPTIONS * HTTP/1.1\r\n',
  () => 'CONNECT h:80 HTTP/1.1\r\n',
  ({ first }) => `TRACE ${first} HTTP/1.1\r\n`,
  ({ first }) => `PURGE ${first} HTTP/1.1\r\n`,
  ({ first }) => `SOURCE ${first} HTTP/1.1\r\n`,
];

/** Other fields that change what a request is, or where it ends. */
const fields: readonly string[] = [
  'Host: other\r\n',
  'Host : h\r\n',
  'Host: h, other\r\n',
  'Host: h\r\n Host: other\r\n',
  'Host:\r\n',
  'X-A: a\r\n b\r\n',
  'X-A: a\r\n\tb\r\n',
  'X-A: a\nX-B: b\r\n',
  'X-A: a\rX-B: b\r\n',
  'X-A: \x00\r\n',
  'X-A: \x7f\r\n',
  'X-A\r\n',
  ': x\r\n',
  'X A: x\r\n',
  'X(A): x\r\n',
  'X\xe9: x\r\n',
  '\r\r\n',
  '\n',
  '\r',
  '\x00\r\n',
  'Connection: close\r\nConnection: keep-alive\r\n',
  'Connection: Host\r\n',
  'Connection: ,,close,,\r\n',
  'Proxy-Connection: close\r\n',
  'Keep-Alive: timeout=0\r\n',
  'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAAA\r\n',
  'Upgrade: websocket\r\nConnection: Upgrade\r\n',
  'Expect: 100-continue\r\n',
  'Expect: 200-ok\r\n',
  'Expect: 100-continue, 100-continue\r\n',
];

function makers(): readonly (readonly [string, Make])[] {
  const made: [string, Make][] = [];
  const add = (name: string, make: Make): void => void made.push([name, make]);
  for (const coding of codings) {
    add(`CL.TE ${coding}`, ({ first, hidden }) => {
      const body = `0\r\n\r\n${hiddenRequest(hidden)}`;
      return `POST ${first} HTTP/1.1\r\n${host}Content-Length: ${body.length}\r\n${coding}\r\n\r\n${body}`;
    });
    add(`TE.CL ${coding}`, ({ first, hidden }) => {
      const chunk = hiddenRequest(hidden);
      return `POST ${first} HTTP/1.1\r\n${host}${coding}\r\nContent-Length: ${hex(chunk).length + 2}\r\n\r\n${hex(chunk)}\r\n${chunk}\r\n0\r\n\r\n`;
    });
    add(`TE ${coding}`, ({ first, hidden }) => `POST ${first} HTTP/1.1\r\n${host}${coding}\r\n\r\n0\r\n\r\n${hiddenRequest(hidden)}`);
    add(`TE in HTTP/1.0 ${coding}`, ({ first, hidden }) => {
      return `POST ${first} HTTP/1.0\r\n${host}Connection: keep-alive\r\n${coding}\r\n\r\n0\r\n\r\n${hiddenRequest(hidden)}`;
    });
  }
  for (const length of lengths) {
    for (const method of ['POST', 'GET', 'DELETE']) {
      add(`CL ${method} ${length}`, ({ first, hidden }) => {
        const body = hiddenRequest(hidden);
        return `${method} ${first} HTTP/1.1\r\n${host}${length.replaceAll('N', String(body.length))}\r\n\r\n${body}`;
      });
    }
  }
  const chunkedPost = (first: string): string => `POST ${first} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`;
  for (const size of sizes) {
    add(`chunk size ${size}`, ({ first, hidden }) => `${chunkedPost(first)}${size}hello\r\n0\r\n\r\n${hiddenRequest(hidden)}`);
    add(`hidden behind chunk size ${size}`, ({ first, hidden }) => {
      const inner = `\r\n0\r\n\r\n${hiddenRequest(hidden)}`;
      return `${chunkedPost(first)}${size.replace('5', hex(inner))}${inner}\r\n0\r\n\r\n`;
    });
  }
  for (const end of dataEnds)
    add(`chunk end ${end}`, ({ first, hidden }) => `${chunkedPost(first)}5\r\nhello${end}0\r\n\r\n${hiddenRequest(hidden)}`);
  for (const last of lastChunks)
    add(`last chunk ${last}`, ({ first, hidden }) => `${chunkedPost(first)}5\r\nhello\r\n${last}${hiddenRequest(hidden)}`);
  for (const line of requestLines) {
    const name = `request line ${line({ first: '/1', hidden: '/2' })}`;
    add(name, (targets) => `${line(targets)}${host}\r\n${hiddenRequest(targets.hidden)}`);
    add(
      `${name} with chunks`,
      (targets) => `${line(targets)}${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hiddenRequest(targets.hidden)}`,
    );
  }
  for (const field of fields) {
    add(`field ${field}`, ({ first, hidden }) => `GET ${first} HTTP/1.1\r\n${host}${field}\r\n${hiddenRequest(hidden)}`);
    add(`field ${field} with a body`, ({ first, hidden }) => {
      const body = hiddenRequest(hidden);
      return `POST ${first} HTTP/1.1\r\n${host}${field}Content-Length: ${body.length}\r\n\r\n${body}`;
    });
    add(`first field ${field}`, ({ first, hidden }) => `GET ${first} HTTP/1.1\r\n${field}${host}\r\n${hiddenRequest(hidden)}`);
  }
  for (const count of [1, 2, 5]) {
    add(`${count} in one piece`, ({ first }) =>
      Array.from({ length: count }, (_, each) => `POST ${first}-${each} HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\nhi`).join(''),
    );
  }
  return made;
}

/** All payloads; those of an index go to targets that begin with `/d/<index>/`. */
export function corpus(): readonly Payload[] {
  return makers().map(([name, make], index) => ({
    name: JSON.stringify(name),
    bytes: make({ first: `/d/${index}/first`, hidden: `/d/${index}/hidden` }),
  }));
}
