import type { Random } from '../../src/runtime/random.ts';
import { chances, framedBody } from './grammar.ts';

/** What comes after a request of a method, in latin1. */
export interface Answer {
  readonly method: string;
  readonly text: string;
}

const fields: readonly string[] = [
  'Content-Type: text/plain',
  'X-Empty:',
  'X-Wide: \t a b \t',
  'x-obs-text:\xe4\xff',
  '__proto__: polluted',
  'Set-Cookie: a=1; b="2"',
  'Set-Cookie: c=3',
  'Connection: keep-alive',
  'Connection: Close',
  'Connection: x, close ,y',
  'Keep-Alive: timeout=5, max=100',
  "!#$%&'*+-.^_`|~09: token",
];
const reasons: readonly string[] = [' OK', ' OK', ' OK', ' ', '', ' Not \xe4\tso', '  Two'];
const interims: readonly string[] = ['HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n', 'HTTP/1.1 199 ?\r\n\r\n'];
const behind: readonly string[] = ['\r\n', 'x', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'];

/** An answer as the grammar has it (RFC 9112), perhaps with interim ones before it and something else behind it. */
export function validAnswer(random: Random): Answer {
  const chance = chances(random);
  const { one, maybe, some } = chance;
  const field = (): string => `${one(fields)}\r\n`;

  const method = one(['GET', 'GET', 'GET', 'GET', 'HEAD']);
  const minor = one([1, 1, 1, 1, 0]);
  const status = one([200, 200, 200, 200, 206, 301, 404, 503, 599, 204, 304, 101]);
  const framed = framedBody(chance, one(['sized', 'sized', 'until close', ...(minor === 1 ? ['chunked', 'chunked'] : [])]));
  const body = method === 'HEAD' || [204, 304, 101].includes(status) ? '' : framed.body;
  const head = `HTTP/1.${minor} ${status}${one(reasons)}\r\n${some(3, field)}${framed.line}${some(2, field)}\r\n`;
  return { method, text: `${maybe(interims)}${head}${body}${maybe(behind)}` };
}
