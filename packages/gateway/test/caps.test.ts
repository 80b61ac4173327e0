import { eventually } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { GatewayLimits } from '../src/index.ts';
import { rawClient, rawServer, stage } from './set-up.ts';

const route = { path: '/', methods: ['GET', 'POST'], serviceName: 's', public: true } as const;
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

async function capped(limits: GatewayLimits, trustedProxies: readonly string[] = []) {
  const server = await rawServer((socket) => socket.write(ok));
  const staged = stage({ limits, trustedProxies });
  staged.upstreams.add('s', server.port);
  staged.gateway.addRoute(route);
  return { ...staged, server, port: (await staged.open()).port };
}

describe('a request', () => {
  it.each([
    [
      'a target that is longer than allowed',
      414,
      'GATEWAY_TARGET_TOO_LONG',
      { maxTargetBytes: 10 },
      'GET /1234567890 HTTP/1.1\r\nHost: h\r\n\r\n',
    ],
    ['more headers than allowed', 431, 'GATEWAY_HEADERS_TOO_LARGE', { maxHeaders: 2 }, 'GET / HTTP/1.1\r\nHost: h\r\na: 1\r\nb: 1\r\n\r\n'],
    [
      'a larger head than allowed',
      431,
      'GATEWAY_HEADERS_TOO_LARGE',
      { maxHeaderBytes: 1_024 },
      `GET / HTTP/1.1\r\nHost: h\r\na: ${'x'.repeat(2_000)}\r\n\r\n`,
    ],
  ])('with %s is refused with %d, and the service does not hear of it', async (_what, status, code, limits, head) => {
    const { port, server } = await capped(limits);
    const received = await rawClient(port).send(head).until('}');
    expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*"code":"${code}"`, 's'));
    expect(server.received).toEqual([]);
  });

  it('that is as large as allowed is not', async () => {
    const { port } = await capped({ maxTargetBytes: 11, maxHeaders: 2 });
    await rawClient(port).send('GET /1234567890 HTTP/1.1\r\nHost: h\r\na: 1\r\n\r\n').until(/ok$/);
  });
});

describe('connections', () => {
  const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';

  it('of one client are no more than it may have, and one that ends makes room', async () => {
    const { port } = await capped({ maxConnectionsPerClient: 2 });
    const [first, second] = [rawClient(port).send(get), rawClient(port).send(get)];
    await Promise.all([first.until('ok'), second.until('ok')]);
    expect(await rawClient(port).send(get).closed()).toBe('');
    first.socket.destroy();
    await eventually('there is room', async () => {
      const third = rawClient(port).send(get);
      await eventually('it is told', () => third.isClosed || third.received !== '');
      return third.received !== '';
    });
    await second.send(get).until(/ok.*ok/s);
  });

  it('of a trusted proxy carry many clients, and are not counted for one', async () => {
    const { port } = await capped({ maxConnectionsPerClient: 1 }, ['127.0.0.1']);
    for (const client of [rawClient(port), rawClient(port), rawClient(port)]) await client.send(get).until('ok');
  });

  it('of a door are no more than it takes', async () => {
    const { port } = await capped({ maxConnections: 1 });
    await rawClient(port).send(get).until('ok');
    expect(await rawClient(port).send(get).closed()).toBe('');
  });
});

describe('a slow client', () => {
  const slow = { minBytesPerSecond: 1_000, slowGrace: '200ms' } as const;

  it('that drips its body is refused, and its connection ends', async () => {
    const server = await rawServer(() => {});
    const { gateway, upstreams, open } = stage({ limits: slow });
    upstreams.add('s', server.port);
    gateway.addRoute(route);
    const { port } = await open();
    const client = rawClient(port).send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n');
    const drip = setInterval(() => client.socket.writable && client.send('x'), 20);
    const received = await client.closed().finally(() => clearInterval(drip));
    expect(received).toMatch(/^HTTP\/1\.1 408 .*"code":"GATEWAY_REQUEST_TOO_SLOW"/s);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'rejected' }]);
  });

  it('that does not read its answer loses it', { timeout: 30_000 }, async () => {
    const server = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n');
      const more = (): void => {
        while (socket.writable && socket.write(Buffer.alloc(65_536))) {}
      };
      socket.on('drain', more);
      more();
    });
    const { gateway, upstreams, open } = stage({ limits: { minBytesPerSecond: 1_000_000, slowGrace: '200ms' } });
    upstreams.add('s', server.port);
    gateway.addRoute(route);
    const client = rawClient((await open()).port).send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    client.socket.pause();
    await eventually('the service is let go', () => upstreams.outcomes.length === 1, 20_000);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'cancelled' }]);
  });

  it('leaves everybody else alone: a stream without news and a service without haste are not slow', async () => {
    let say = (_text: string): void => {};
    const server = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      say = (text) => void socket.write(text);
    });
    const { gateway, upstreams, open } = stage({ limits: slow });
    upstreams.add('s', server.port);
    gateway.addRoute(route);
    const client = rawClient((await open()).port).send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await client.until('200 OK');
    await new Promise((resolve) => setTimeout(resolve, 800));
    say('4\r\nnews\r\n0\r\n\r\n');
    await client.until('news');
  });
});
