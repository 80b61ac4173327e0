import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultRuntime, silentLogger } from '@tutti/core';
import { afterEach, describe, expect, it } from 'vitest';
import { type ConnectionOptions, ServiceMesh } from '../src/index.ts';
import { EchoServer } from './echo-server.ts';
import { endpoint, FakeRegistry } from './fake-registry.ts';

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanup.splice(0).reverse()) await clean();
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function meshTo(port: number, connections: ConnectionOptions): Promise<ServiceMesh> {
  const registry = new FakeRegistry();
  registry.put(endpoint({ serviceName: 'voice', port }));
  const runtime = { ...defaultRuntime, logger: silentLogger };
  const mesh = new ServiceMesh({ endpoints: registry, registry, runtime, connections, drainTimeout: '100ms' });
  await mesh.start();
  cleanup.push(() => mesh.stop());
  return mesh;
}

/**
 * A server that hangs up on a connection that was idle for 300 ms, at the very moment at which the next request comes in on it: what a client sees
 * that is a moment too late.
 */
function impatient(hint: string): Promise<number> {
  return listen(
    createServer((socket) => {
      let idleSince = Number.POSITIVE_INFINITY;
      socket.on('data', () => {
        if (performance.now() - idleSince > 300) {
          socket.destroy();
          return;
        }
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${hint}\r\nok`, () => {
          idleSince = performance.now();
        });
      });
    }),
  );
}

describe('a connection that its server is about to close', () => {
  /** What becomes of three requests with 400 ms between them. */
  async function ask(method: string, hint: string, connections: ConnectionOptions): Promise<string> {
    const mesh = await meshTo(await impatient(hint), connections);
    const results: string[] = [];
    for (let each = 0; each < 3; each++) {
      if (each > 0) await pause(400);
      results.push(
        await mesh.call('voice', { method, path: '/' }).then(
          ({ status }) => String(status),
          ({ code }: { code: string }) => code,
        ),
      );
    }
    return results.join(' ');
  }

  it('is not used any more when the server has said for how long it keeps one', async () => {
    expect(await ask('POST', 'keep-alive: timeout=1\r\n', {})).toBe('200 200 200');
  });

  it('is not used any more when it was idle for as long as the mesh was told', async () => {
    expect(await ask('POST', '', { idleTimeout: '100ms' })).toBe('200 200 200');
  });

  it('would lose what may not be sent twice (control), while the rest is sent again', async () => {
    expect(await ask('POST', '', { idleTimeout: '1h' })).toBe('200 MESH_OUTCOME_UNKNOWN 200');
    expect(await ask('GET', '', { idleTimeout: '1h' })).toBe('200 200 200');
  });
});

describe('behind an address that stands for several servers', () => {
  /** How many of 60 requests each of two servers gets, when the second one joined after the first connection was made. */
  async function sharesWith(maxAge: '50ms' | '1h'): Promise<readonly number[]> {
    const servers = [await new EchoServer().listen(), await new EchoServer().listen()] as const;
    for (const server of servers) cleanup.push(() => server.kill());
    let behind: readonly EchoServer[] = [servers[0]];
    let turn = 0;
    const forwarder = createServer((socket) => {
      const to = behind[turn++ % behind.length] as EchoServer;
      const onwards = connect(to.port, '127.0.0.1');
      socket.pipe(onwards).pipe(socket);
      for (const [one, other] of [
        [socket, onwards],
        [onwards, socket],
      ] as const) {
        one.on('error', () => other.destroy()).on('close', () => other.destroy());
      }
    });
    const mesh = await meshTo(await listen(forwarder), { maxAge });
    await mesh.call('voice', { method: 'GET', path: '/' });
    behind = servers;
    for (let each = 0; each < 60; each++) {
      await mesh.call('voice', { method: 'GET', path: '/' });
      await pause(10);
    }
    return servers.map(({ requests }) => requests.length);
  }

  it('connections that grow old are given up, so that requests come to one that joins', async () => {
    const [, joined = 0] = await sharesWith('50ms');
    expect(joined).toBeGreaterThan(10);
  });

  it('one that joins would get next to nothing while the old connection lasts (control)', async () => {
    const [, joined = 0] = await sharesWith('1h');
    expect(joined).toBeLessThan(5);
  });
});
