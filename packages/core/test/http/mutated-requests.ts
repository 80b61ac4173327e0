import type { Random } from '../../src/runtime/random.ts';
import { mutated } from './mutations.ts';
import { type Request, validRequest } from './requests.ts';

const lines: readonly string[] = [
  ...['GET / HTTP/1.1', 'GET / HTTP/1.1\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n', 'HTTP/1.1 200 OK', 'Host: b', 'Host:', 'Host: a, b'],
  ...['Connection: Upgrade', 'Connection: keep-alive', 'Connection: close x'],
];

const firstLines: readonly string[] = [
  ...[
    'GET  / HTTP/1.1',
    'GET /  HTTP/1.1',
    'GET\t/ HTTP/1.1',
    'GET /\tHTTP/1.1',
    'GET / HTTP/1.1 ',
    ' GET / HTTP/1.1',
    'GET /a b HTTP/1.1',
  ],
  ...['GET /', 'GET / HTTP/0.9', 'GET / HTTP/1.2', 'GET / HTTP/2.0', 'GET / http/1.1', 'GET / ICE/1.0', 'SOURCE / ICE/1.0', 'GET HTTP/1.1'],
  ...['get / HTTP/1.1', 'FOO / HTTP/1.1', 'GETT / HTTP/1.1', 'PRI / HTTP/1.1', 'SETUP rtsp://h/ RTSP/1.0', 'M-SEARCH * HTTP/1.1'],
  ...['GET x HTTP/1.1', 'GET ?x HTTP/1.1', 'GET #x HTTP/1.1', 'GET h:80 HTTP/1.1', 'GET mailto:x HTTP/1.1', 'GET *x HTTP/1.1'],
  ...['GET http:// HTTP/1.1', 'GET http:///x HTTP/1.1', 'GET http://h#x HTTP/1.1', 'GET a+b://h/ HTTP/1.1', 'GET http://a@b@c/ HTTP/1.1'],
  ...['GET /\xe4 HTTP/1.1', 'GET /\x7f HTTP/1.1', 'GET /a#b HTTP/1.1', 'GET /\\^`{|}"<> HTTP/1.1', 'GET http://\xe4/ HTTP/1.1'],
  ...['CONNECT h:443 HTTP/1.1', 'CONNECT / HTTP/1.1', 'CONNECT h HTTP/1.1', 'CONNECT http://h/ HTTP/1.1', 'CONNECT * HTTP/1.1'],
];

const before: readonly string[] = [
  ...['\r\n', '\n', '\r', '\r\r\n', ' \r\n', '\r\n ', '\0', '\xef\xbb\xbf', 'HTTP/1.1 200 OK\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ...[
    'GET / HTTP/1.1\r\nConnection: close\r\n\r\n',
    'CONNECT h:443 HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
  ],
];

/** A request with something done to it, now and then to its first line alone. */
export function mutatedRequest(random: Random): Request {
  const { text } = validRequest(random);
  const another = (): string => validRequest(random).text;
  if (random() < 0.1) {
    const first = firstLines[Math.floor(random() * firstLines.length)] as string;
    return { text: text.replace(/^(?:\r\n)*[^\r\n]+/, () => first) };
  }
  return { text: mutated(random, text, { lines, before, another }) };
}
