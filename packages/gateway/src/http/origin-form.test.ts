import { expect, it } from 'vitest';
import { headerLines } from '../../test/raw-sockets.ts';
import { rawClient, rawServer, stage } from '../../test/set-up.ts';
import { originForm } from './origin-form.ts';
import { RequestHeaders } from './request-headers.ts';

const from = (target: string, ...raw: readonly string[]) => {
  const { target: seen, headers } = originForm(target, new RequestHeaders(raw));
  return [seen, ...headers.raw];
};

it.each([
  ['http://a.example/x?y=1', '/x?y=1', 'a.example'],
  ['HTTPS://a.example:8443', '/', 'a.example:8443'],
  ['http://a.example?y', '/?y', 'a.example'],
  ['http://[::1]:80//x', '//x', '[::1]:80'],
])('takes %s for %s at %s, whatever the Host header says', (target, seen, host) => {
  expect(from(target, 'X', '1', 'HOST', 'b.example')).toEqual([seen, 'X', '1', 'HOST', host]);
});

it.each(['/x', '*', 'x', 'http://', 'http:///x', 'http://u:p@h/x', 'http://h/x#y', 'ftp://h/x', '/http://h/x', '//h/x', 'h:80'])(
  'leaves %s as it is',
  (target) => {
    expect(from(target, 'Host', 'b')).toEqual([target, 'Host', 'b']);
  },
);

it('leaves one with no Host header, or two, to be refused', () => {
  expect(from('http://h/x')).toEqual(['http://h/x']);
  expect(from('http://h/x', 'Host', 'h', 'Host', 'h')).toEqual(['http://h/x', 'Host', 'h', 'Host', 'h']);
});

it('routes by that host, and passes on the path alone', async () => {
  const server = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
  const { gateway, upstreams, open } = stage();
  upstreams.add('s', server.port);
  gateway.addRoute({ path: '/', hosts: ['a.example'], methods: ['GET'], serviceName: 's', public: true });
  const { port } = await open();
  const ask = (target: string, host: string) =>
    rawClient(port).send(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`).closed();
  expect(await ask('http://a.example/x?y', 'b.example')).toMatch(/^HTTP\/1\.1 200 /);
  expect(await ask('http://b.example/x', 'a.example')).toMatch(/^HTTP\/1\.1 404 /);
  expect(await ask('http://a.example/../x', 'a.example')).toMatch(/^HTTP\/1\.1 400 /);
  expect(server.received).toHaveLength(1);
  expect(server.received[0]).toMatch(/^GET \/x\?y HTTP\/1\.1\r\n/);
  expect(headerLines(server.received[0] ?? '')).toContain('x-forwarded-host: a.example');
});
