// What proxies owe to both sides (RFC 9110), as a table: in each row at least one of four well-known proxies of Node fails, as measured with raw
// sockets on both sides.
import { eventually } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { headerLines, type RawServer } from '../raw-sockets.ts';
import { rawClient, rawServer, stage } from '../set-up.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const open = { path: '/', methods: ['GET', 'POST', 'DELETE', 'OPTIONS'], serviceName: 's', public: true, upgrades: ['websocket'] } as const;

interface Scene {
  /** What the service does with a request; it answers `ok` unless told otherwise. */
  readonly service?: ConstructorParameters<typeof RawServer>[0];
  readonly request: string;
  /** Until when the client reads; until its connection is closed when nothing is said. */
  readonly until?: string | RegExp;
  readonly rule?: object;
}

async function play({ service = (socket) => socket.write(ok), request, until, rule }: Scene) {
  const server = await rawServer(service);
  const { gateway, upstreams, open: listen } = stage();
  upstreams.add('s', server.port);
  gateway.addRoute({ ...open, ...rule });
  const client = rawClient((await listen()).port).send(request);
  const answer = until === undefined ? await client.closed() : await client.until(until);
  return { server, client, answer, upstreams, seen: () => server.received.join('') };
}

const rows: Readonly<Record<string, () => Promise<void>>> = {
  async 'a header named in Connection is stripped'() {
    const { seen } = await play({ request: 'GET / HTTP/1.1\r\nHost: h\r\nConnection: X-Mine\r\nX-Mine: 1\r\n\r\n', until: 'ok' });
    expect(seen()).not.toMatch(/x-mine/i);
  },
  async 'TE, Keep-Alive and Proxy-Authorization are not relayed'() {
    const fields = 'TE: trailers\r\nKeep-Alive: timeout=5\r\nProxy-Authorization: Basic eA==\r\n';
    const { seen } = await play({ request: `GET / HTTP/1.1\r\nHost: h\r\n${fields}\r\n`, until: 'ok' });
    expect(seen()).not.toMatch(/^(?:te|keep-alive|proxy-authorization):/im);
  },
  async 'a chunked DELETE and OPTIONS keep their framing'() {
    for (const method of ['DELETE', 'OPTIONS']) {
      const request = `${method} / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`;
      const { seen, client } = await play({ service: () => {}, request, until: '' });
      await eventually('the service has the first chunk', () => seen().includes('hello'));
      client.send('0\r\n\r\n');
      await eventually('all of it has come', () => seen().endsWith('\r\n0\r\n\r\n'));
      expect(seen()).toMatch(/\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/);
      expect(seen()).not.toMatch(/content-length/i);
    }
  },
  async 'X-Forwarded-For of a client is overwritten'() {
    const { seen } = await play({ request: 'GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n', until: 'ok' });
    expect(headerLines(seen()).filter((line) => line.startsWith('x-forwarded-for'))).toEqual(['x-forwarded-for: 127.0.0.1']);
  },
  async 'the bytes of a path arrive unchanged, or the request does not'() {
    const { seen } = await play({ request: 'GET /a//b/%7Ec%C3%A9?x=//y&z=%2e%2e HTTP/1.1\r\nHost: h\r\n\r\n', until: 'ok' });
    expect(seen()).toMatch(/^GET \/a\/\/b\/%7Ec%C3%A9\?x=\/\/y&z=%2e%2e HTTP\/1\.1\r\n/);
    const { answer, server } = await play({ request: 'GET /a//b/%2e%2e/c%2Fd?x=//y HTTP/1.1\r\nHost: h\r\n\r\n', until: '}' });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(server.received).toEqual([]);
  },
  async 'when the client has gone, the service learns it, and the other way round'() {
    const { server, client, seen } = await play({ service: () => {}, request: 'GET / HTTP/1.1\r\nHost: h\r\n\r\n', until: '' });
    await eventually('the service has the request', () => seen() !== '');
    client.socket.destroy();
    await eventually('it sees the end', () => server.closed === 1, 1_000);
    expect(server.received).toHaveLength(1);
    const half = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf';
    const other = await play({ service: (socket) => socket.write(half), request: 'GET / HTTP/1.1\r\nHost: h\r\n\r\n', until: 'half' });
    other.server.sockets[0]?.destroy();
    await eventually('the client sees the end', () => other.client.isClosed, 1_000);
  },
  async 'Expect is met by an early refusal and nothing before it'() {
    const request = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n';
    const { answer, server } = await play({ request, rule: { public: false } });
    expect(answer).toMatch(/^HTTP\/1\.1 40[13] /);
    expect(server.received).toEqual([]);
  },
  async 'headers of the connection of a service are hidden'() {
    const head =
      'HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=9\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\n';
    const { answer } = await play({
      service: (socket) => socket.write(`${head}Content-Length: 2\r\n\r\nok`),
      request: 'GET / HTTP/1.1\r\nHost: h\r\n\r\n',
      until: 'ok',
    });
    expect(answer).not.toMatch(/x-mine|timeout=9|proxy-authenticate|upgrade/i);
  },
  async 'a service that resets is a 502, and a POST is not sent again'() {
    const { answer, server } = await play({
      service: (socket) => socket.resetAndDestroy(),
      request: 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi',
      until: '}',
    });
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(server.received).toHaveLength(1);
  },
  async 'trailers of an answer are relayed'() {
    const { answer } = await play({
      service: (socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n'),
      request: 'GET / HTTP/1.1\r\nHost: h\r\nTE: trailers\r\n\r\n',
      until: /\r\n0\r\n.*\r\n\r\n$/s,
    });
    expect(answer).toMatch(/\r\n0\r\nX-Sum: 1\r\n\r\n$/);
  },
  async 'an upgrade that the service refuses gets its status'() {
    const { answer } = await play({
      service: (socket) => socket.write('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
      request: 'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    });
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  },
};

it.each(Object.keys(rows))('%s', async (row) => {
  await rows[row]?.();
});
