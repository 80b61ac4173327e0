import { once } from 'node:events';
import type { Socket } from 'node:net';
import { eventually } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { headerLines, type RawServer } from '../raw-sockets.ts';
import { rawClient, rawServer, stage } from '../set-up.ts';

const route = { path: '/', methods: ['GET', 'POST'], serviceName: 's', public: true, upgrades: ['websocket', 'chat/2'] } as const;
const ask = (protocol = 'websocket', path = '/ws', more = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Key: k\r\n${more}\r\n`;
const switching = (protocol = 'websocket'): string =>
  `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Accept: a\r\nX-Hop: 1\r\n\r\n`;
type Answering = ConstructorParameters<typeof RawServer>[0];

async function set(onRequest: Answering, rule: object = {}, options: Parameters<typeof stage>[0] = {}) {
  const server = await rawServer(onRequest);
  const { gateway, upstreams, open } = stage(options);
  upstreams.add('s', server.port);
  gateway.addRoute({ ...route, ...rule });
  const { port } = await open();
  return { server, gateway, upstreams, port };
}

async function tunnel(rule: object = {}) {
  const parts = await set((socket) => socket.write(switching()), rule);
  const client = rawClient(parts.port).send(ask());
  await client.until('\r\n\r\n');
  return { ...parts, client, service: parts.server.sockets[0] as Socket };
}

describe('a connection that becomes a tunnel', () => {
  it('does so when the service has agreed, with what both sides must know', async () => {
    const { server, client } = await tunnel();
    expect(client.received).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(headerLines(client.received)).toEqual(
      expect.arrayContaining(['connection: upgrade', 'upgrade: websocket', 'sec-websocket-accept: a']),
    );
    const asked = headerLines(server.received[0] ?? '');
    expect(asked).toEqual(expect.arrayContaining(['connection: upgrade', 'upgrade: websocket', 'sec-websocket-key: k']));
    expect(asked.filter((line) => line.startsWith('x-forwarded-for'))).toHaveLength(1);
  });

  it('is not one before that', async () => {
    const { server, port, upstreams } = await set(() => {});
    const client = rawClient(port).send(ask());
    await eventually('the service is asked', () => server.received[0]?.includes('Sec-WebSocket-Key'));
    expect(client.received).toBe('');
    client.socket.destroy();
    await eventually('the service sees that the client has gone', () => server.closed === 1, 1_000);
    await eventually('the lease is over', () => upstreams.outcomes.length === 1);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'cancelled' }]);
  });

  it('carries bytes both ways, also those that came with the heads', async () => {
    const { port } = await set((socket) => {
      socket.write(`${switching()}hello from the service`);
      socket.on('data', (chunk) => socket.write(`got ${chunk}`));
    });
    const client = rawClient(port).send(`${ask()}early`);
    await client.until('got early');
    await client.send('later').until('got later');
    expect(client.received).toContain('\r\n\r\nhello from the service');
  });

  it('keeps its lease, which has answered, until it is over', async () => {
    const { upstreams, client, service } = await tunnel();
    expect(upstreams.outcomes).toEqual([]);
    client.socket.end();
    service.end();
    await eventually('the lease is over', () => upstreams.outcomes.length === 1);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'success', status: 101 }]);
  });

  it('goes on in one direction when the other has ended', async () => {
    const { client, service } = await tunnel();
    client.socket.allowHalfOpen = true;
    service.end('last words');
    await client.until('last words');
    client.send('but I go on');
    const [heard] = await once(service, 'data');
    expect(String(heard)).toContain('but I go on');
    client.socket.end();
    await client.closed();
  });

  it.each([
    ['client', 'cancelled'],
    ['service', 'failure'],
  ] as const)('breaks on both sides when the %s breaks', async (side, kind) => {
    const { client, service, server, upstreams } = await tunnel();
    if (side === 'client') client.socket.resetAndDestroy();
    else service.resetAndDestroy();
    await eventually('the other side hears', () => client.isClosed && server.closed === 1, 1_000);
    await eventually('the lease is over', () => upstreams.outcomes.length === 1);
    expect(upstreams.outcomes).toMatchObject([{ kind }]);
  });

  it('is cut when nothing moves in it, which is nobody’s fault, and not as long as something does', async () => {
    const { client, service, upstreams } = await tunnel({ idleTimeout: '300ms' });
    for (let each = 0; each < 5; each++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      service.write(`${each}`);
      await client.until(String(each));
    }
    expect(client.isClosed).toBe(false);
    await client.closed();
    expect(upstreams.outcomes).toMatchObject([{ kind: 'cancelled', code: 'GATEWAY_STALLED' }]);
  });

  it('holds up who sends faster than the other side takes', async () => {
    const { client, service } = await tunnel();
    client.socket.pause();
    const chunk = Buffer.alloc(262_144);
    let sent = 0;
    while (sent < 64 * 1_048_576) {
      sent += chunk.length;
      if (service.write(chunk)) continue;
      const drained = await Promise.race([
        once(service, 'drain').then(() => true),
        new Promise((resolve) => setTimeout(resolve, 500, false)),
      ]);
      if (!drained) break;
    }
    expect(sent).toBeLessThan(32 * 1_048_576);
    client.socket.resume();
    await once(service, 'drain');
  });

  it('ends when the gateway stops, after the time that it gives', async () => {
    const { gateway, client, server } = await tunnel();
    await gateway.stop();
    await eventually('both are closed', () => client.isClosed && server.closed === 1);
  });
});

describe('a connection that is asked to become something else', () => {
  const refusal = 'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nX-App: yes\r\n\r\nnone';

  it('gets the answer of a service that does not want to', async () => {
    const { port, upstreams } = await set((socket) => socket.write(refusal));
    const answer = await rawClient(port).send(ask()).closed();
    expect(answer).toMatch(/^HTTP\/1\.1 404 Not Found\r\n.*X-App: yes\r\n.*\r\n\r\nnone$/s);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'rejected', status: 404 }]);
  });

  it('gets 502 from a service that becomes something that nobody asked for', async () => {
    const { port, upstreams } = await set((socket) => socket.write(switching('h2c')));
    expect(await rawClient(port).send(ask()).closed()).toMatch(/^HTTP\/1\.1 502 /);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'failure' }]);
  });

  it('gets 502 or 503 where the service is gone', async () => {
    const { port, server } = await set((socket) => socket.destroy());
    expect(await rawClient(port).send(ask()).closed()).toMatch(/^HTTP\/1\.1 502 /);
    await server.close();
    expect(await rawClient(port).send(ask()).closed()).toMatch(/^HTTP\/1\.1 503 /);
  });

  it('gets 401 without the service hearing of it', async () => {
    const { port, server } = await set(() => {}, { public: false });
    expect(await rawClient(port).send(ask()).closed()).toMatch(/^HTTP\/1\.1 40[13] /);
    expect(server.received).toEqual([]);
  });

  it('gets 504 from a service that is silent', async () => {
    const { port } = await set(() => {}, { timeout: '100ms' });
    expect(await rawClient(port).send(ask()).closed()).toMatch(/^HTTP\/1\.1 504 /);
  });

  const plain = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain';
  it.each([
    ['a protocol that the route does not know', ask('h2c')],
    ['one of several protocols', ask('websocket, chat/2')],
    ['a protocol, without saying that it is about the connection', ask().replace('keep-alive, Upgrade', 'keep-alive')],
    ['a protocol, with a body', ask('websocket', '/ws', 'Content-Length: 2\r\n').replace('GET', 'POST').concat('hi')],
    ['a protocol, in HTTP/1.0', ask().replace('HTTP/1.1', 'HTTP/1.0')],
    ['a protocol that another route knows', ask('websocket', '/plain')],
  ])('is answered as if it had not been when it is asked for %s', async (_title, request) => {
    const { gateway, port, server, upstreams } = await set((socket) => socket.write(plain));
    gateway.addRoute({ ...route, path: '/plain', upgrades: [] });
    expect(await rawClient(port).send(request).until('plain')).toMatch(/^HTTP\/1\.1 200 /);
    expect(server.received[0]).not.toMatch(/upgrade/i);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'success' }]);
  });

  it('knows protocols whatever their case', async () => {
    const { port } = await set((socket) => socket.write(switching('WebSocket')));
    expect(await rawClient(port).send(ask('WEBSOCKET')).until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 101 /);
  });
});

describe('a route', () => {
  it.each(['h2c', 'H2C', 'TLS/1.0', 'HTTP/2.0', 'a b', ''])('cannot have %j as a protocol', (protocol) => {
    const { gateway } = stage();
    expect(() => gateway.addRoute({ ...route, upgrades: [protocol] })).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ path: 'route.upgrades[0]' }) }),
    );
  });
});
