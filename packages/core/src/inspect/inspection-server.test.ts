import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { ledger, shelf } from '../../test/inspect/shelf.ts';
import { silentLogger } from '../runtime/logger.ts';
import { defaultRuntime } from '../runtime/runtime.ts';
import { type InspectionServer, type InspectionServerOptions, inspectionServer } from './index.ts';

const token = 'a-token-of-enough-length';
const running: InspectionServer[] = [];
afterEach(() => Promise.all(running.splice(0).map((server) => server.stop())));

async function served(
  options: Partial<InspectionServerOptions> = {},
  access: { readonly token?: string } = { token },
): Promise<InspectionServer> {
  const runtime = { ...defaultRuntime, logger: silentLogger };
  const server = inspectionServer({ inspectables: [shelf()], audit: ledger(), runtime, ...access, ...options });
  running.push(server);
  await server.start();
  return server;
}

/** Sends bytes as they are and gives what comes back until the connection ends. */
async function raw(server: InspectionServer, request: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.write(request);
  return text(socket);
}

describe('an inspection server', () => {
  it('answers over HTTP on a free loopback port', async () => {
    const server = await served();
    const headers = { authorization: `Bearer ${token}` };
    const index = await fetch(`${server.url}/inspect/v1`, { headers });
    expect([new URL(server.url).hostname, index.status, ((await index.json()) as { features: object[] }).features.length]).toEqual([
      '127.0.0.1',
      200,
      1,
    ]);
    const body = JSON.stringify({ actor: 'ada', reason: 'due', target: 'Emma' });
    const action = await fetch(`${server.url}/inspect/v1/shelf/actions/take`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    });
    expect(await action.json()).toMatchObject({ result: { taken: 1 }, audited: true });
    const head = await fetch(`${server.url}/inspect/v1`, { method: 'HEAD', headers });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('refuses a page of another site, also by rebinding and by preflight', async () => {
    const server = await served({}, {});
    const get = (headers: string): Promise<string> => raw(server, `GET /inspect/v1 HTTP/1.1\r\n${headers}connection: close\r\n\r\n`);
    expect(await get('host: evil.example\r\n')).toMatch(/^HTTP\/1.1 403/);
    expect(await get('')).toMatch(/^HTTP\/1.1 403/);
    expect(await get('host: 127.0.0.1\r\norigin: https://evil.example\r\n')).toMatch(/^HTTP\/1.1 403/);
    const preflight = await raw(
      server,
      'OPTIONS /inspect/v1/shelf/actions/take HTTP/1.1\r\nhost: 127.0.0.1\r\norigin: https://evil.example\r\nconnection: close\r\n\r\n',
    );
    expect(preflight).toMatch(/^HTTP\/1.1 403/);
    expect(preflight.toLowerCase()).not.toContain('access-control');
    expect(await get('host: 127.0.0.1\r\n')).toMatch(/^HTTP\/1.1 200/); // the control
  });

  it('answers a body that is too large without reading it, and gives the connection up', async () => {
    const server = await served({ maxBodyBytes: 100 });
    const head = `POST /inspect/v1/shelf/actions/take HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n`;
    const declared = await raw(server, `${head}content-length: 1000000000\r\n\r\n{`);
    expect([declared.slice(0, 12), declared.toLowerCase().includes('connection: close')]).toEqual(['HTTP/1.1 413', true]);
    const chunked = await raw(server, `${head}transfer-encoding: chunked\r\n\r\n${`64\r\n${'x'.repeat(100)}\r\n`.repeat(3)}`);
    expect(chunked.slice(0, 12)).toBe('HTTP/1.1 413');
  });

  it('stops when asked, with connections open', async () => {
    const server = await served();
    await fetch(`${server.url}/inspect/v1`); // its connection is kept alive
    await server.stop();
    await expect(fetch(`${server.url}/inspect/v1`)).rejects.toThrow();
  });

  it('says why it cannot listen', async () => {
    const first = await served();
    const second = inspectionServer({ inspectables: [], audit: ledger(), port: Number(new URL(first.url).port) });
    await expect(second.start()).rejects.toMatchObject({ code: 'INSPECT_LISTEN_FAILED', details: { problem: 'EADDRINUSE' } });
    expect(second.state).toBe('failed');
  });

  it('listens beyond loopback only for those who can show who they are', () => {
    const make = (options: object): unknown => inspectionServer({ inspectables: [], audit: ledger(), ...options });
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org', '127.0.0.1.example.org']) {
      expect(() => make({ host })).toThrow(
        `inspectionServer.host must be a loopback address while there is neither token nor authorize, got '${host}'`,
      );
      expect(() => make({ host, token })).not.toThrow();
    }
    for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost']) expect(() => make({ host })).not.toThrow();
  });
});
