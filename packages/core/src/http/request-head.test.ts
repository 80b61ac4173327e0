import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ask } from '../../test/http/asked.ts';
import { house, tidiesUp } from '../../test/http/house.ts';
import { sized } from '../../test/http/raw-server.ts';
import type { DispatchRequest } from '../ports/http-dispatcher.ts';
import { Http1Connections } from './http1-connections.ts';
import { requestHead } from './request-head.ts';

tidiesUp();

const lines = (request: Partial<DispatchRequest>): string[] =>
  requestHead({ method: 'GET', path: '/', ...request }, 'shop:80').text.split('\r\n');

describe('the head of a request', () => {
  it('has the line, a host, the headers as they were given, and the framing', () => {
    expect(
      lines({ method: 'PUT', path: '/a?b=%20', headers: ['X-One', '1', 'x-one', '', 'X-Zwö'.slice(0, 4), 'ö\t!'], body: 'äb' }),
    ).toEqual(['PUT /a?b=%20 HTTP/1.1', 'host: shop:80', 'X-One: 1', 'x-one: ', 'X-Zw: ö\t!', 'content-length: 3', '', '']);
  });

  it('takes a record with lists, and passes over what is undefined', () => {
    const headers = { a: ['1', '2'], b: undefined, c: '3' } as unknown as Record<string, string>;
    expect(lines({ headers }).slice(2, -2)).toEqual(['a: 1', 'a: 2', 'c: 3']);
  });

  it('keeps the host that is among the headers', () => {
    expect(lines({ headers: { Host: 'other' } }).filter((line) => /^host/i.test(line))).toEqual(['Host: other']);
  });

  it('says how long the body is where a server expects to hear it', () => {
    const framing = (request: Partial<DispatchRequest>): string | undefined => lines(request).at(-3);
    const stream = (): Readable => Readable.from([]);
    expect(framing({ method: 'GET' })).toBe('host: shop:80');
    expect(framing({ method: 'POST' })).toBe('content-length: 0');
    expect(framing({ method: 'DELETE', body: new Uint8Array(2) })).toBe('content-length: 2');
    expect(framing({ method: 'GET', headers: { 'Content-Length': '0' } })).toBe('content-length: 0');
    expect(framing({ method: 'POST', body: stream() })).toBe('transfer-encoding: chunked');
    expect(framing({ method: 'POST', body: stream(), headers: { 'content-length': '7' } })).toBe('content-length: 7');
  });

  it('asks for another protocol', () => {
    expect(lines({ upgrade: 'websocket' }).slice(-4)).toEqual(['connection: Upgrade', 'upgrade: websocket', '', '']);
    expect(lines({ method: 'OPTIONS', path: '*' })[0]).toBe('OPTIONS * HTTP/1.1');
  });
});

const named = (name: unknown, value: unknown): Partial<DispatchRequest> => ({ headers: [name, value] as string[] });
const turncoat = { length: 2, toString: () => 'transfer-encoding', toLowerCase: () => 'x' };
const stream = (): Readable => Readable.from(['x']);

const unsendable: Record<string, Partial<Record<keyof DispatchRequest, unknown>>> = {
  'a line break in the method': { method: 'GET / HTTP/1.1\r\nx: y' },
  'a space in the method': { method: 'GET ' },
  'no method': { method: '' },
  'a method that is none': { method: undefined },
  'a method in a list': { method: ['CONNECT'] },
  'a tunnel': { method: 'CONNECT' },
  'a line break in the path': { path: '/ HTTP/1.1\r\nx: y\r\n\r\n' },
  'a space in the path': { path: '/a b' },
  'a fragment': { path: '/a#b' },
  'a path beyond latin1': { path: '/€' },
  'a path that ends in a line break': { path: '/\n' },
  'a whole URL': { path: 'http://else.where/' },
  'an asterisk without OPTIONS': { path: '*' },
  'no path': { path: '' },
  'a path in a list': { path: ['/a'] },
  'a line break in a name': named('x\r\ny', '1'),
  'a colon in a name': named('x:', '1'),
  'an empty name': named('', '1'),
  'a name that is none': named(undefined, '1'),
  'a name that is an object': named(turncoat, 'chunked'),
  'a name that is a list': named(['host'], 'x'),
  'a name that is a symbol': named(Symbol('x'), 'x'),
  'a name that is a big number': named(1n, 'x'),
  'a line break in a value': named('x', 'a\r\nb: c'),
  'a line feed in a value': named('x', 'a\nb'),
  'a null byte in a value': named('x', 'a\0'),
  'a value beyond latin1': named('x', 'Ċ'),
  'a value that is a number': named('x', 1),
  'a value that is missing': named('x', undefined),
  'a value of a record that is a number': { headers: { x: 1 } },
  'a value of a record that is null': { headers: { x: null } },
  'a value of a record with a list in a list': { headers: { x: [['a']] } },
  'a list that ends with a name': { headers: ['x'] },
  'a list of pairs': { headers: [['x', '1']] },
  'headers that are a map': { headers: new Map([['x', '1']]) },
  'headers of fetch': { headers: new Headers({ x: '1' }) },
  'two hosts': { headers: ['host', 'a', 'Host', 'a'] },
  'two lengths': { headers: ['content-length', '1', 'Content-Length', '1'], body: 'x' },
  'two lengths in one': { headers: ['content-length', '1, 1'], body: 'x' },
  'a length that is none': { headers: ['content-length', '+1'], body: 'x' },
  'a length with a space': { headers: ['content-length', '1 '], body: 'x' },
  'a length in hexadecimal': { headers: ['content-length', '0x1'], body: 'x' },
  'a length beyond all numbers': { headers: ['content-length', '1'.repeat(20)], body: stream() },
  'another length than the text has': { headers: ['content-length', '1'], body: 'ä' },
  'another length than the bytes have': { headers: ['content-length', '3'], body: new Uint8Array(2) },
  'a length without a body': { headers: ['content-length', '3'] },
  connection: named('Connection', 'close'),
  'keep-alive': named('keep-alive', 'timeout=5'),
  'transfer-encoding': { ...named('Transfer-Encoding', 'chunked'), body: stream() },
  'upgrade among the headers': named('upgrade', 'websocket'),
  expect: named('expect', '100-continue'),
  'a protocol with a line break': { upgrade: 'websocket\r\nx: y' },
  'an empty protocol': { upgrade: '' },
  'a protocol and a body': { upgrade: 'websocket', body: 'x' },
  'a protocol and a length': { upgrade: 'websocket', headers: { 'content-length': '4' } },
  'a body that is a number': { body: 5 },
  'a body that is an object': { body: { a: 1 } },
  'a body of fetch': { body: new Blob(['x']).stream() },
  'a body that is a buffer of nothing known': { body: new ArrayBuffer(2) },
};

describe('what cannot be sent unmistakably', () => {
  it.each(Object.keys(unsendable))('is refused before a byte leaves: %s', (what) => {
    const connections = new Http1Connections({ host: '127.0.0.1', port: 1 });
    const onRequestUpgrade = (): void => {};
    const asked = ask(connections, unsendable[what] as Partial<DispatchRequest>, { onRequestUpgrade });
    expect([asked.told, asked.error?.message]).toEqual([['HTTP_UNSENDABLE'], expect.stringMatching(/^the request cannot be sent: ./)]);
  });

  it('is refused of a handler that cannot take what was switched to', async () => {
    const { server, connections } = await house(() => {});
    expect(ask(connections, { upgrade: 'websocket' }).told).toEqual(['HTTP_UNSENDABLE']);
    expect(server.peers).toEqual([]);
  });

  it('leaves no line in a head that was not meant, whatever is given', () => {
    const hostile = fc.string({ unit: fc.constantFrom('a', ':', ' ', '\r', '\n', '\r\n', '\0', 'ÿ', 'Ā', 'host', 'GET') });
    fc.assert(
      fc.property(hostile, hostile, fc.array(fc.tuple(hostile, hostile), { maxLength: 3 }), (method, path, headers) => {
        let text: string;
        try {
          text = requestHead({ method, path: `/${path}`, headers: headers.flat() }, 'h').text;
        } catch (error) {
          return (error as { code?: string }).code === 'HTTP_UNSENDABLE';
        }
        const hosts = headers.filter(([name]) => name === 'host').length;
        return text.split(/[\r\n]+/).length === 1 + (hosts === 0 ? 1 : 0) + headers.length + 1;
      }),
      { seed: 7 },
    );
  });
});

describe('the host of a request', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
  ])('is the address, %s, as a URL writes it', async (host, shown) => {
    const { server } = await house((peer) => peer.say(sized('')));
    await server.close();
    await server.listen(host);
    const connections = new Http1Connections({ host, port: server.port });
    await ask(connections).over;
    await connections.destroy();
    expect(server.peers[0]?.received).toContain(`\r\nhost: ${shown}:${server.port}\r\n`);
  });

  it('has no zone, which means nothing to anybody else', async () => {
    const { server } = await house((peer) => peer.say(sized('')));
    await server.close();
    await server.listen('::1');
    const connections = new Http1Connections({ host: '::1%lo', port: server.port });
    await ask(connections).over;
    await connections.destroy();
    expect(server.peers[0]?.received).toContain(`\r\nhost: [::1]:${server.port}\r\n`);
  });

  it.each(['a\r\nx: y', '127.0.0.1%\r\nx: y', 'a b', 'a/b', '[::1]', 'user@a'])('cannot be %j', (host) => {
    expect(() => new Http1Connections({ host, port: 80 })).toThrow(/http1\.address\.host/);
  });
});
