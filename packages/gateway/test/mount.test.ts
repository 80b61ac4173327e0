import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { eventually } from '@tutti/core/testing';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { APIGateway } from '../src/index.ts';
import { httpServer, portOf, rawClient, rawServer, stage } from './set-up.ts';

const route = { path: '/', methods: ['GET', 'HEAD', 'POST'], serviceName: 's', public: true } as const;

/** Servers of other people, each with the gateway at /gw and a page of their own at /own. */
const hosts: readonly [name: string, mount: (gateway: APIGateway) => Promise<number>, seen: string][] = [
  [
    'node:http',
    (gateway) => {
      const handle = gateway.nodeHandler();
      return portOf(createServer((message, response) => (message.url === '/own' ? void response.end('own') : handle(message, response))));
    },
    '/gw/x?q=1',
  ],
  [
    'Express',
    (gateway) => {
      const app = express();
      app.use('/gw', gateway.nodeHandler());
      app.get('/own', (_request, response) => void response.send('own'));
      return portOf(createServer(app));
    },
    '/x?q=1',
  ],
  [
    'Fastify',
    async (gateway) => {
      const app = fastify();
      app.get('/own', async () => 'own');
      await app.register(gateway.fastify(), { prefix: '/gw' });
      await app.listen({ port: 0, host: '127.0.0.1' });
      onTestFinished(() => app.close());
      return (app.server.address() as AddressInfo).port;
    },
    '/gw/x?q=1',
  ],
  [
    'Hono',
    async (gateway) => {
      const app = new Hono();
      app.get('/own', (context) => context.text('own'));
      app.all('/gw/*', (context) => gateway.fetch(context.req.raw));
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
      await eventually('it listens', () => server.listening);
      return portOf(server);
    },
    '/gw/x?q=1',
  ],
];

describe.each(hosts)('a gateway in a server of %s', (_name, mount, seen) => {
  it('passes requests on with their bodies, and leaves the rest to the server', async () => {
    const service = await httpServer((request, response) => {
      response.writeHead(201, { 'x-app': 'yes', 'set-cookie': ['a=1', 'b=2'] });
      request.on('data', (chunk) => response.write(chunk)).on('end', () => response.end(` at ${request.url}`));
    });
    const { gateway, upstreams } = stage();
    upstreams.add('s', service);
    gateway.addRoute(route);
    const port = await mount(gateway);
    const url = `http://127.0.0.1:${port}`;
    const answer = await fetch(`${url}/gw/x?q=1`, { method: 'POST', body: '{"a": 1}', headers: { 'content-type': 'application/json' } });
    expect([answer.status, await answer.text()]).toEqual([201, `{"a": 1} at ${seen}`]);
    expect(answer.headers.get('x-app')).toBe('yes');
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(answer.headers.get('x-request-id')).not.toBeNull();
    expect(await (await fetch(`${url}/own`)).text()).toBe('own');
    expect((await fetch(`${url}/gw/x`, { method: 'HEAD' })).status).toBe(201);
  });

  it('streams both ways, piece by piece', async () => {
    const service = await rawServer((socket, head) => {
      if (head.startsWith('POST')) socket.on('data', (chunk) => socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`));
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nready\r\n');
    });
    const { gateway, upstreams } = stage();
    upstreams.add('s', service.port);
    gateway.addRoute(route);
    const client = rawClient(await mount(gateway)).send('POST /gw/ HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nfirst');
    await client.until('ready');
    await client.send('second').until('second');
  });

  it('gives a request up when its client does', async () => {
    const service = await rawServer(
      (socket, head) => head.includes('/begun') && socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nbegun'),
    );
    const { gateway, upstreams } = stage();
    upstreams.add('s', service.port);
    gateway.addRoute(route);
    const port = await mount(gateway);
    for (const path of ['/gw/silent', '/gw/begun']) {
      const client = rawClient(port).send(`GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`);
      const before = service.closed;
      await eventually('the service has it', () => service.received.join('').includes(path.slice(3)));
      if (path.endsWith('begun')) await client.until('begun');
      client.socket.destroy();
      await eventually('the service is let go', () => service.closed === before + 1);
    }
    expect(upstreams.outcomes.map(({ kind }) => kind)).toEqual(['cancelled', 'cancelled']);
  });

  it('refuses with the same problems as its own doors', async () => {
    const { gateway } = stage({ limits: { maxBodyBytes: 3 } });
    gateway.addRoute({ ...route, path: '/gw' });
    gateway.addRoute({ ...route, path: '/x' });
    const port = await mount(gateway);
    const large = await fetch(`http://127.0.0.1:${port}/gw/x`, { method: 'POST', body: 'four' });
    expect(large.status).toBe(413);
    expect(large.headers.get('content-type')).toBe('application/problem+json');
    expect(await large.json()).toMatchObject({ code: 'GATEWAY_BODY_TOO_LARGE', requestId: large.headers.get('x-request-id') });
    const gone = await fetch(`http://127.0.0.1:${port}/gw/x`);
    expect([gone.status, ((await gone.json()) as { code: string }).code]).toEqual([503, 'MESH_NO_ENDPOINT']);
  });

  it('that has stopped says so', async () => {
    const { gateway } = stage();
    gateway.addRoute(route);
    const port = await mount(gateway);
    await gateway.start();
    await gateway.stop();
    const answer = await fetch(`http://127.0.0.1:${port}/gw/x`);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([503, 'GATEWAY_STOPPING']);
  });
});

describe('mounted in node:http', () => {
  it('a gateway passes upgrades on', async () => {
    const service = await rawServer((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n');
      socket.on('data', (chunk) => socket.write(chunk));
    });
    const { gateway, upstreams } = stage();
    upstreams.add('s', service.port);
    gateway.addRoute({ ...route, upgrades: ['echo'] });
    const port = await portOf(createServer(gateway.nodeHandler()).on('upgrade', gateway.handleUpgrade));
    const client = rawClient(port).send('GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    await client.until(/101 .*\r\n\r\n/s);
    await client.send('hello').until('hello');
  });

  it('an upgrade that no route knows is answered as if nobody had asked for it', async () => {
    const service = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
    const { gateway, upstreams } = stage();
    upstreams.add('s', service.port);
    gateway.addRoute(route);
    const port = await portOf(createServer(gateway.nodeHandler()).on('upgrade', gateway.handleUpgrade));
    const client = rawClient(port).send('GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 OK.*ok$/s);
  });

  it('a gateway behind a parser that took the body says so instead of waiting for it', async () => {
    const { gateway, upstreams, logged } = stage();
    upstreams.add('s', 1);
    gateway.addRoute(route);
    const app = express().use(express.json()).use(gateway.nodeHandler());
    const answer = await fetch(`http://127.0.0.1:${await portOf(createServer(app))}/`, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect([answer.status, await answer.json()]).toMatchObject([500, { code: 'GATEWAY_BODY_TAKEN' }]);
    expect(logged).toMatchObject([{ level: 'error', fields: { code: 'GATEWAY_BODY_TAKEN' } }]);
  });
});

describe('over fetch', () => {
  it('an answer that nobody reads makes the service wait', { timeout: 30_000 }, async () => {
    let [produced, isFull] = [0, false];
    const service = await httpServer((_request, response) => {
      const more = (): void => {
        isFull = false;
        while (!isFull && produced < 1e9) {
          produced += 65_536;
          isFull = !response.write(Buffer.alloc(65_536));
        }
      };
      response.on('drain', more);
      more();
    });
    const { gateway, upstreams } = stage();
    upstreams.add('s', service);
    gateway.addRoute(route);
    const answer = await gateway.fetch(new Request('http://h/'));
    let last = -1;
    await eventually('it stands still', async () => {
      const same = produced === last && isFull;
      last = produced;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return same;
    });
    expect(produced).toBeLessThan(100 * 1_048_576);
    await answer.body?.cancel();
    await eventually('it is let go', () => upstreams.outcomes.length === 1);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'cancelled' }]);
  });

  it('an answer that breaks off is an error to whoever reads it', async () => {
    const service = await rawServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort'));
    const { gateway, upstreams } = stage();
    upstreams.add('s', service.port);
    gateway.addRoute(route);
    await expect((await gateway.fetch(new Request('http://h/'))).text()).rejects.toMatchObject({ code: 'GATEWAY_OUTCOME_UNKNOWN' });
  });

  it('a request that is given up rejects with the reason', async () => {
    const service = await rawServer(() => {});
    const { gateway, upstreams } = stage();
    upstreams.add('s', service.port);
    gateway.addRoute(route);
    const controller = new AbortController();
    const answer = gateway.fetch(new Request('http://h/', { signal: controller.signal }));
    await eventually('the service has it', () => service.received.length === 1);
    controller.abort(new Error('no longer'));
    await expect(answer).rejects.toThrow('no longer');
    await eventually('the service is let go', () => service.closed === 1);
  });

  it.each([204, 205, 304])('an answer of %d has no body', async (status) => {
    const service = await rawServer((socket) =>
      socket.write(`HTTP/1.1 ${status} X\r\n${status === 205 ? 'content-length: 0\r\n' : ''}\r\n`),
    );
    const { gateway, upstreams } = stage();
    upstreams.add('s', service.port);
    gateway.addRoute(route);
    const answer = await gateway.fetch(new Request('http://h/'));
    expect([answer.status, answer.body]).toEqual([status, null]);
  });
});
