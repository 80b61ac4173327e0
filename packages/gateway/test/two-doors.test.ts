import { request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { seededRandom } from '@tutti/core';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { type GatewayRequest, type GatewayResponse, jwt } from '../src/index.ts';
import { httpServer, stage } from './set-up.ts';

const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
const issuer = 'https://id.example';
const sign = (claims: object): Promise<string> =>
  new SignJWT(claims as Record<string, unknown>).setProtectedHeader({ alg: 'ES256' }).setIssuer(issuer).sign(privateKey);

/** Framing and connection belong to the wire, and every answer has its own date. */
const ofTheWire = new Set(['date', 'x-request-id', 'connection', 'keep-alive', 'transfer-encoding']);

function overHttp(port: number, { method, path, headers = {}, body }: GatewayRequest): Promise<GatewayResponse> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, method, path, headers: headers as Record<string, string>, agent: false },
      (response) => {
        const named: Record<string, string | string[]> = {};
        for (let index = 0; index < response.rawHeaders.length; index += 2) {
          const name = response.rawHeaders[index]?.toLowerCase() ?? '';
          const value = response.rawHeaders[index + 1] ?? '';
          named[name] = named[name] === undefined ? value : [named[name], value].flat();
        }
        buffer(response).then((bytes) => resolve({ status: response.statusCode ?? 0, headers: named, body: bytes }), reject);
      },
    );
    request.on('error', reject);
    request.end(body as string | undefined);
  });
}

function comparable({ status, headers, body }: GatewayResponse) {
  const text = Buffer.from(body).toString();
  return {
    status,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !ofTheWire.has(name))),
    body: text.replace(/"(traceId|requestId|at)":"[^"]*"/g, '"$1":"…"'),
  };
}

it('gives the same answer to 1,000 random requests by both doors', { timeout: 60_000 }, async () => {
  const port = await httpServer((request, response) => {
    buffer(request).then(
      (body) => {
        const status = Number(/status=(\d+)/.exec(request.url ?? '')?.[1] ?? 200);
        response.setHeader('set-cookie', ['a=1', 'b=2']);
        if (request.url?.includes('chunked')) response.setHeader('transfer-encoding', 'chunked');
        response.writeHead(status, { 'x-app': 'yes', connection: 'x-hop', 'x-hop': '1' });
        response.end(
          status === 204 || status === 304
            ? undefined
            : `${request.method} ${request.url} ${body} ${request.headers['tutti-principal'] ?? ''}`,
        );
      },
      () => response.destroy(),
    );
  });
  const { gateway, upstreams, open } = stage({
    authenticators: [jwt({ issuer, jwks: { keys: [await exportJWK(publicKey)] } })],
    limits: { maxBodyBytes: 2_000 },
  });
  upstreams.add('s', port);
  gateway.addRoute({ path: '/', methods: ['GET', 'POST'], serviceName: 's', public: true });
  gateway.addRoute({ path: '/api', methods: ['POST', 'PUT', 'DELETE'], serviceName: 's', authorize: 'authenticated' });
  gateway.addRoute({ path: '/api/admin', methods: ['GET', 'POST'], serviceName: 's', roles: ['admin'] });
  gateway.addRoute({ path: '/gone', methods: ['GET'], serviceName: 'nobody', public: true });
  const tokens = [
    await sign({ sub: 'ann', roles: ['admin'], exp: 9_999_999_999 }),
    await sign({ sub: 'bob', exp: 9_999_999_999 }),
    await sign({ sub: 'old', exp: 1 }),
    'rubbish',
  ];
  const listening = await open();
  const random = seededRandom(7);
  const one = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const statuses = new Map<number, number>();
  for (let each = 0; each < 1_000; each++) {
    const method = one(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH']);
    const path = `${one(['/', '/a', '/api', '/api/x', '/%61pi', '/api//x', '/api/admin', '/api/admin/../x', '/api%2fadmin', '/gone', '/api/admin;x', '/a%'])}${one(['', '?status=404', '?status=204', '?status=304', '?status=503', '?chunked', '?x=%00#'])}`;
    const authorization = random() < 0.7 ? { authorization: `Bearer ${one(tokens)}` } : {};
    const headers = {
      host: 'h',
      'x-correlation-id': 'c',
      ...authorization,
      ...(random() < 0.1 && { expect: 'magic' }),
      ...(random() < 0.1 && { 'tutti-principal': 'root' }),
    };
    const body = method === 'POST' || method === 'PUT' ? one(['', 'hello', 'x'.repeat(1_999), 'x'.repeat(2_001)]) : undefined;
    const request = {
      method,
      path,
      headers: { ...headers, ...(body !== undefined && { 'content-length': String(body.length) }) },
      ...(body !== undefined && { body }),
    };
    const [direct, http] = [await gateway.handleRequest(request), await overHttp(listening.port, request)];
    expect(comparable(http), `${method} ${path} ${JSON.stringify(headers)}`).toEqual(comparable(direct));
    statuses.set(direct.status, (statuses.get(direct.status) ?? 0) + 1);
  }
  expect([...statuses.keys()].sort()).toEqual([200, 204, 304, 400, 401, 403, 404, 405, 413, 417, 503]);
});
