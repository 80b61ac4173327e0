import { METHODS } from 'node:http';
import type { Random } from '../../src/runtime/random.ts';
import { chances, framedBody } from './grammar.ts';

/** What comes on a connection, in latin1. */
export interface Request {
  readonly text: string;
}

const methods: readonly string[] = METHODS.filter((method) => method !== 'CONNECT');
const targets: readonly string[] = [
  '/',
  '/a/b?c=d&e',
  '//x',
  "/-._~!$&'()*+,;=:@%2F",
  '/?/?',
  '*',
  'http://a.example/x?y=1',
  'HTTP://a.example:80',
  'https://[::1]:8443?y',
  'http://u:p@h/',
];
const authorities: readonly string[] = ['a.example:443', '10.0.0.1:80', '[::1]:8443'];
const fields: readonly string[] = [
  'Host: a.example',
  'Accept: */*',
  'X-Empty:',
  'X-Wide: \t a b \t',
  'x-obs-text:\xe4\xff',
  '__proto__: polluted',
  'Cookie: a=1; b="2"',
  'Expect: 100-continue',
  'Connection: keep-alive',
  'Connection: Close',
  'Connection: x, close ,y',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Connection: keep-alive, Upgrade\r\nUpgrade: x/1',
  "!#$%&'*+-.^_`|~09: token",
];
const before: readonly string[] = ['\r\n', '\r\n\r\n\r\n'];
const behind: readonly string[] = [
  '\r\n',
  'x',
  '\0',
  'GET /next HTTP/1.1\r\nHost: h\r\n\r\n',
  'POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n',
];

/** A request as the grammar has it (RFC 9112), perhaps with empty lines before it and something else behind it. */
export function validRequest(random: Random): Request {
  const chance = chances(random);
  const { one, maybe, some } = chance;
  const field = (): string => `${one(fields)}\r\n`;

  const method = one(['GET', 'POST', 'POST', 'PUT', 'CONNECT', one(methods)]);
  const minor = one([1, 1, 1, 1, 0]);
  const framing = method === 'CONNECT' ? 'none' : one(['sized', 'sized', 'none', ...(minor === 1 ? ['chunked', 'chunked'] : [])]);
  const { line, body } = framedBody(chance, framing);
  const target = one(method === 'CONNECT' ? authorities : targets);
  const head = `${method} ${target} HTTP/1.${minor}\r\n${some(3, field)}${line}${some(2, field)}\r\n`;
  return { text: `${maybe(before)}${head}${body}${maybe(behind)}` };
}
