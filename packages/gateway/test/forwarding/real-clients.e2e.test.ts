import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, missingTool } from '@tutti/core/testing';
import { EventSource, request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { httpServer, stage } from '../set-up.ts';

const route = { path: '/', methods: ['GET', 'POST', 'PUT'], serviceName: 's', public: true, upgrades: ['websocket'] } as const;
const run = promisify(execFile);

async function door(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const { gateway, upstreams, open } = stage();
  upstreams.add('s', await httpServer(handle));
  gateway.addRoute(route);
  return { gateway, upstreams, url: (await open()).url };
}
const echo = (message: IncomingMessage, response: ServerResponse): void => void message.pipe(response);

describe('undici', () => {
  it('gets trailers, interim answers and many answers over few connections', async () => {
    const { url } = await door((message, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.writeHead(200, { trailer: 'x-sum' });
      message
        .on('data', (chunk) => response.write(chunk))
        .on('end', () => {
          response.addTrailers({ 'x-sum': '42' });
          response.end();
        });
    });
    const interim: unknown[] = [];
    const ask = async (body: string): Promise<string> => {
      const answer = await request(url, { method: 'POST', body, onInfo: (info) => interim.push(info.headers['link']) });
      const text = await answer.body.text();
      expect(answer.trailers).toEqual({ 'x-sum': '42' });
      return text;
    };
    const bodies = Array.from({ length: 50 }, (_, each) => `body ${each}`);
    expect(await Promise.all(bodies.map(ask))).toEqual(bodies);
    expect(interim).toEqual(Array(50).fill('</a.css>; rel=preload'));
  });

  it('hears every event of a stream as it comes, and the service hears that it has left', async () => {
    let stream: ServerResponse | undefined;
    let hasLeft = false;
    const { url } = await door((_message, response) => {
      stream = response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      response.once('close', () => {
        hasLeft = true;
      });
    });
    const source = new EventSource(url);
    await once(source, 'open');
    for (const each of ['one', 'two', 'three']) {
      const heard = once(source, 'message');
      stream?.write(`data: ${each}\n\n`);
      expect((await heard)[0]).toMatchObject({ data: each });
    }
    source.close();
    await eventually('the service hears it', () => hasLeft, 1_000);
  });
});

describe.skipIf(missingTool('curl'))('curl', () => {
  const curl = async (...words: readonly string[]): Promise<string> => (await run('curl', ['-sS', '--max-time', '20', ...words])).stdout;

  it('gets back what it uploads, with and without being asked for it', async () => {
    const { url } = await door(echo);
    const body = 'x'.repeat(500_000);
    expect(await curl('-X', 'PUT', '--data-binary', body.slice(0, 100_000), url)).toBe(body.slice(0, 100_000));
    expect(await curl('-H', 'Expect: 100-continue', '--data-binary', body.slice(0, 100_000), url)).toBe(body.slice(0, 100_000));
    expect(await curl('-H', 'Transfer-Encoding: chunked', '-d', 'hello', url)).toBe('hello');
  });

  it('is answered plainly when it offers HTTP/2 on the way, with HTTP/1.0, and for a HEAD', async () => {
    const { url } = await door((_message, response) => response.writeHead(200, { 'content-length': 5 }).end('plain'));
    expect(await curl('--http2', url)).toBe('plain');
    expect(await curl('--http1.0', url)).toBe('plain');
    expect(await curl('-I', url)).toMatch(/^HTTP\/1\.1 200 OK\r\n.*content-length: 5\r\n/is);
  });

  it('reads the answer of a service that does not want its upload, every time', async () => {
    const { url } = await door((message, response) => {
      message.pause();
      response.writeHead(413, { 'content-length': 3 }).end('big');
    });
    const body = join(mkdtempSync(join(tmpdir(), 'tutti-upload-')), 'body');
    writeFileSync(body, Buffer.alloc(8 * 1_048_576));
    onTestFinished(() => rmSync(dirname(body), { recursive: true }));
    for (let each = 0; each < 20; each++) {
      expect(await curl('-H', 'Expect:', '-w', ' %{http_code}', '-T', body, `${url}/`)).toBe('big 413');
    }
  });

  it('is told by its exit code that an answer broke off', async () => {
    const { url } = await door((_message, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('half');
      setTimeout(() => response.destroy(), 20);
    });
    await expect(curl(url)).rejects.toMatchObject({ code: 18 });
  });
});

describe('ws', () => {
  async function sockets(onSocket: (socket: WebSocket) => void, options: ConstructorParameters<typeof WebSocketServer>[0] = {}) {
    const server = createServer().listen(0, '127.0.0.1');
    const sockets_ = new WebSocketServer({ server, ...options });
    sockets_.on('connection', onSocket);
    await once(server, 'listening');
    onTestFinished(() => {
      for (const socket of sockets_.clients) socket.terminate();
      server.close();
    });
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', (server.address() as AddressInfo).port);
    gateway.addRoute(route);
    const { port } = await open();
    return { upstreams, url: `ws://127.0.0.1:${port}/chat` };
  }

  it('sends and receives messages of every size, compressed, with the protocol that both sides chose', async () => {
    const { url, upstreams } = await sockets(
      (socket) => socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary })),
      {
        perMessageDeflate: true,
        handleProtocols: (offered) => [...offered][1] ?? false,
      },
    );
    const socket = new WebSocket(url, ['chat.1', 'chat.2']);
    await once(socket, 'open');
    expect(socket.protocol).toBe('chat.2');
    expect(socket.extensions).toContain('permessage-deflate');
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
      const bytes = randomBytes(size);
      socket.send(bytes);
      expect(bytes.equals((await once(socket, 'message'))[0] as Buffer)).toBe(true);
    }
    socket.send('text ✓');
    expect(String((await once(socket, 'message'))[0])).toBe('text ✓');
    socket.ping();
    await once(socket, 'pong');
    socket.close(4_000, 'enough');
    expect(await once(socket, 'close')).toEqual([4_000, Buffer.from('enough')]);
    await eventually('the lease is over', () => upstreams.outcomes.length === 1);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'success', status: 101 }]);
  });

  it('learns the status with which a service refuses', async () => {
    const { url } = await sockets(() => {}, { verifyClient: (_info, decide) => decide(false, 418, 'no') });
    const socket = new WebSocket(url);
    const [, response] = await once(socket, 'unexpected-response');
    expect((response as IncomingMessage).statusCode).toBe(418);
  });

  it('loses its connection when the service is gone', async () => {
    const { url } = await sockets((socket) => void setTimeout(() => socket.terminate(), 20));
    const socket = new WebSocket(url);
    socket.on('error', () => {});
    const [code] = await once(socket, 'close');
    expect(code).toBe(1_006);
  });
});
