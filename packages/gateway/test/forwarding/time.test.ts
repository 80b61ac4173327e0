import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { httpServer, rawClient, rawServer, stage } from '../set-up.ts';

const route = { path: '/', methods: ['GET', 'POST'], serviceName: 's', public: true } as const;

describe('an answer that has begun', () => {
  it('may take longer than the time of its route, as long as something moves', async () => {
    const port = await httpServer(async (_request, response) => {
      response.flushHeaders();
      for (let each = 0; each < 8; each++) {
        await pause(50);
        response.write(`${each}`);
      }
      response.end();
    });
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', port);
    gateway.addRoute({ ...route, timeout: '200ms', idleTimeout: '5s' });
    expect(await (await fetch((await open()).url)).text()).toBe('01234567');
    const collected = await gateway.handleRequest({ method: 'GET', path: '/' });
    expect(Buffer.from(collected.body).toString()).toBe('01234567');
  });

  it.each([
    ['had promised more, which is its fault', 'content-length: 10', 'failure'],
    ['may just have nothing to say', 'transfer-encoding: chunked', 'cancelled'],
  ])('is cut when nothing moves for the idle time of its route, and the service %s', async (_title, framing, kind) => {
    const server = await rawServer((socket) => socket.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`));
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute({ ...route, idleTimeout: '150ms' });
    const client = rawClient((await open()).port).send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 /);
    await eventually('the service sees the end', () => server.closed === 1);
    expect(upstreams.outcomes).toMatchObject([{ kind, code: 'GATEWAY_STALLED' }]);
    expect(await gateway.handleRequest({ method: 'GET', path: '/' })).toMatchObject({ status: 504 });
  });

  it('is cut when its client takes nothing, which is not the fault of the service', async () => {
    const port = await httpServer((_request, response) => response.end(Buffer.alloc(64 * 1_048_576)));
    const { gateway, upstreams, open } = stage({ limits: { minBytesPerSecond: 0 } });
    upstreams.add('s', port);
    gateway.addRoute({ ...route, idleTimeout: '200ms' });
    const client = rawClient((await open()).port);
    client.socket.pause();
    client.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await eventually('it is over', () => upstreams.outcomes.length === 1);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'cancelled', code: 'GATEWAY_STALLED' }]);
  });

  it('lives on what its request still brings', async () => {
    const server = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'));
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute({ ...route, idleTimeout: '400ms' });
    const client = rawClient((await open()).port).send('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n');
    await client.until('\r\n\r\n');
    for (let each = 0; each < 10; each++) {
      await pause(100);
      client.send('1\r\nb\r\n');
    }
    expect(client.isClosed).toBe(false);
    expect(upstreams.outcomes).toEqual([]);
    await client.closed();
    expect(upstreams.outcomes).toMatchObject([{ code: 'GATEWAY_STALLED', kind: 'cancelled' }]);
  });
});

it('tells the lease when the answer began, and the client the header of its session', async () => {
  const port = await httpServer((_request, response) => {
    response.setHeader('tutti-load', 'u=0.5;q=3');
    response.end('ok');
  });
  const { gateway, upstreams, open } = stage();
  upstreams.add('s', port).session = ['set-cookie', 'session=1; HttpOnly'];
  gateway.addRoute(route);
  const response = await fetch((await open()).url);
  expect(await response.text()).toBe('ok');
  expect(response.headers.get('set-cookie')).toBe('session=1; HttpOnly');
  expect(response.headers.get('tutti-load')).toBeNull();
  expect(upstreams.answers).toMatchObject([{ load: 0.5 }]);
  expect(upstreams.leased[0]?.hints?.headers).toMatchObject({ host: expect.stringContaining('127.0.0.1') });
});
