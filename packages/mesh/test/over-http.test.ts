import { networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { Call, defaultRuntime, silentLogger } from '@tutti/core';
import { eventually } from '@tutti/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type MeshOptions, ServiceMesh } from '../src/index.ts';
import { EchoServer } from './echo-server.ts';
import { endpoint, FakeRegistry } from './fake-registry.ts';

const runtime = { ...defaultRuntime, logger: silentLogger };
const hasIpv6Loopback = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'));
const cleanup: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanup.splice(0).reverse()) await clean();
});

async function meshOver(servers: readonly EchoServer[], options: Partial<MeshOptions> = {}): Promise<ServiceMesh> {
  const registry = new FakeRegistry();
  for (const server of servers) {
    await server.listen();
    cleanup.push(() => server.kill());
    registry.put(endpoint({ serviceName: 'voice', port: server.port }));
  }
  const mesh = new ServiceMesh({
    endpoints: registry,
    registry,
    runtime,
    drainTimeout: '100ms',
    policy: { defaults: { balance: 'round-robin' } },
    ...options,
  });
  await mesh.start();
  cleanup.push(() => mesh.stop());
  return mesh;
}

describe('a mesh over HTTP', () => {
  it('shares calls out evenly, over connections that it keeps', async () => {
    const servers = [new EchoServer(), new EchoServer(), new EchoServer()];
    const mesh = await meshOver(servers);
    for (let each = 0; each < 300; each++) await mesh.call('voice', { method: 'GET', path: `/${each}` });
    expect(servers.map((server) => server.requests.length)).toEqual([100, 100, 100]);
  });

  it('speaks JSON', async () => {
    const mesh = await meshOver([new EchoServer()]);
    const reply = await mesh.call('voice', { method: 'POST', path: '/analyze', body: { text: 'hallo' } });
    expect(reply.json()).toEqual({ text: 'hallo' });
  });

  it('loses no call when one of three goes away, and leaves it alone afterwards', async () => {
    const servers = [new EchoServer(), new EchoServer(), new EchoServer()] as const;
    const mesh = await meshOver(servers, { policy: { defaults: { balance: 'round-robin', coolDown: '1h' } } });
    const call = () => mesh.call('voice', { method: 'GET', path: '/' });
    for (let each = 0; each < 6; each++) await call();
    await servers[1].kill();
    for (let each = 0; each < 60; each++) expect((await call()).status).toBe(200);
    expect(servers.map((server) => server.requests.length)).toEqual([32, 2, 32]);
  });

  it('goes to another endpoint than one whose address is no part of a URL, and says so of the only one', async () => {
    const registry = new FakeRegistry();
    const well = await new EchoServer().listen();
    cleanup.push(() => well.kill());
    registry.put(endpoint({ serviceName: 'voice', port: well.port }));
    for (const serviceName of ['voice', 'lonely']) registry.put(endpoint({ serviceName, host: 'fe80::1%eth0', port: 1, instanceId: 'a' }));
    const mesh = new ServiceMesh({ endpoints: registry, registry, runtime, policy: { defaults: { balance: 'round-robin' } } });
    await mesh.start();
    cleanup.push(() => mesh.stop());
    for (let each = 0; each < 4; each++) expect((await mesh.call('voice', { method: 'POST', path: '/', body: 'x' })).status).toBe(200);
    await expect(mesh.call('lonely', { method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'MESH_CONNECT_FAILED' });
  });

  it('sends a POST whose answer was lost once, and a GET elsewhere', async () => {
    const hangUp = new EchoServer((request) => request.socket.destroy());
    const answers = new EchoServer();
    const mesh = await meshOver([hangUp, answers]);
    const send = (method: string) => mesh.call('voice', { method, path: '/', ...(method === 'POST' && { body: 'pay' }) });
    const posts = await Promise.allSettled([send('POST'), send('POST')]);
    expect(posts.map((post) => post.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(posts.find((post) => post.status === 'rejected')?.reason).toMatchObject({ code: 'MESH_OUTCOME_UNKNOWN', retryable: false });
    expect([hangUp.requests.length, answers.requests.length]).toEqual([1, 1]);
    for (let each = 0; each < 10; each++) expect((await send('GET')).status).toBe(200);
    expect(hangUp.requests.filter((request) => request.method === 'POST')).toHaveLength(1);
  });

  it('treats an answer that is cut off as lost', async () => {
    const cutOff = new EchoServer((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy());
    });
    const mesh = await meshOver([cutOff], { policy: { defaults: { retry: { maxAttempts: 2 } } } });
    await expect(mesh.call('voice', { method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'MESH_RESPONSE_LOST' });
    expect(cutOff.requests).toHaveLength(2);
  });

  it('passes an abort on to the server at once', async () => {
    const silent = new EchoServer(() => {});
    const mesh = await meshOver([silent]);
    const call = Call.root({ runtime });
    const work = mesh.call('voice', { method: 'GET', path: '/' }, call).catch((error: unknown) => error);
    await eventually('the server has the request', () => silent.requests.length === 1);
    call.cancel();
    expect(await work).toMatchObject({ code: 'CANCELLED' });
    await eventually('the server sees the connection close', () => silent.aborted === 1, 1_000);
  });

  it('keeps its own deadline without an answer, and a server learns what remains of the one it was given', async () => {
    const silent = new EchoServer(() => {});
    const mesh = await meshOver([silent]);
    const call = Call.root({ runtime, deadline: runtime.clock.now() + 150 });
    await pause(5);
    await expect(mesh.call('voice', { method: 'GET', path: '/' }, call)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const remaining = Number(silent.requests[0]?.headers['tutti-remaining-ms']);
    expect(remaining).toBeGreaterThan(0);
    expect(remaining).toBeLessThanOrEqual(145);
  });

  it('says so when a request cannot be put on the wire', async () => {
    const mesh = await meshOver([new EchoServer()]);
    await expect(mesh.call('voice', { method: 'GET', path: 'no-slash' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      retryable: false,
    });
    await expect(mesh.call('voice', { method: 'GET', path: '/', headers: { 'transfer-encoding': 'chunked' } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it.skipIf(!hasIpv6Loopback)('reaches an endpoint on an IPv6 address', async () => {
    const mesh = await meshOver([]);
    const server = await new EchoServer().listen('::1');
    cleanup.push(() => server.kill());
    await mesh.registerEndpoint({ serviceName: 'six', host: '::1', port: server.port });
    expect((await mesh.call('six', { method: 'GET', path: '/' })).status).toBe(200);
  });
});
