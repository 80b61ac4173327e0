import { memoryRateLimiter, type RateLimiter } from '@tutti/core';
import { checkLaws, eventually, inspectableLaws, testRuntime } from '@tutti/core/testing';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { httpServer, rawServer, stage } from '../test/set-up.ts';
import { APIGateway } from './api-gateway.ts';
import { jwt } from './authentication/jwt.ts';
import type { GatewayOptions } from './gateway-options.ts';

const issuer = 'https://id.example';
const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
const jwks = { keys: [await exportJWK(publicKey)] };
const bearer = async (claims: object = {}): Promise<string> =>
  `Bearer ${await new SignJWT({ sub: 'ann', roles: ['member'], ...claims }).setProtectedHeader({ alg: 'ES256' }).setIssuer(issuer).setExpirationTime('1m').sign(privateKey)}`;
const authenticators = [jwt({ issuer, jwks })];
const text = (body: Uint8Array): string => Buffer.from(body).toString();
const problem = (body: Uint8Array): unknown => JSON.parse(text(body));

/** Tells what the service was asked. */
const mirror = () =>
  httpServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body })));
  });

/** Buckets on a clock that stands still, and the keys that were asked for. */
function buckets(): RateLimiter & { readonly keys: Set<string> } {
  const limiter = memoryRateLimiter({ runtime: testRuntime() });
  const keys = new Set<string>();
  return {
    keys,
    errorBound: 0,
    take(key, limit) {
      keys.add(key);
      return limiter.take(key, limit);
    },
  };
}

describe('a route', () => {
  it('serves the example of the brief as it is written', async () => {
    const rateLimiter = buckets();
    const { gateway, upstreams } = stage({ authenticators, rateLimiter });
    upstreams.add('voice-interface', await mirror());
    gateway.addRoute({
      path: '/api/v1/voice',
      methods: ['POST'],
      serviceName: 'voice-interface',
      rateLimit: { tokens: 10, refillRate: 0.1 },
      timeout: '45s',
      roles: ['member'],
    });
    const headers = { authorization: await bearer({ tenant: 'acme' }) };
    const ask = () =>
      gateway.handleRequest({ method: 'POST', path: '/api/v1/voice/analyze', headers, body: { command: 'analyze document' } });
    const first = await ask();
    expect(first.status).toBe(200);
    const seen = JSON.parse(text(first.body));
    expect(seen).toMatchObject({
      method: 'POST',
      url: '/api/v1/voice/analyze',
      body: '{"command":"analyze document"}',
      headers: {
        'content-type': 'application/json',
        'tutti-principal': 'ann',
        'tutti-tenant': 'acme',
        authorization: headers.authorization,
      },
    });
    expect(Number(seen.headers['tutti-remaining-ms'])).toBeGreaterThan(40_000);
    expect(upstreams.leased[0]?.hints).toMatchObject({ tenant: 'acme', principal: 'ann' });
    for (let each = 2; each <= 10; each++) expect((await ask()).status).toBe(200);
    const eleventh = await ask();
    expect([eleventh.status, eleventh.headers['retry-after']]).toEqual([429, '10']);
    expect(problem(eleventh.body)).toMatchObject({ code: 'GATEWAY_RATE_LIMITED', status: 429 });
    const other = await gateway.handleRequest({
      method: 'POST',
      path: '/api/v1/voice',
      headers: { authorization: await bearer({ sub: 'bob' }) },
    });
    expect(other.status).toBe(200);
  });

  it('is found by method and path, or it is said what is', async () => {
    const { gateway, upstreams } = stage();
    upstreams.add('s', await mirror());
    gateway.addRoute({ path: '/post', methods: ['POST'], serviceName: 's', public: true });
    gateway.addRoute({ path: '/read', methods: ['GET'], serviceName: 's', public: true });
    const ask = async (method: string, path: string) => {
      const { status, headers, body } = await gateway.handleRequest({ method, path });
      return [status, headers['allow'], body.length > 0];
    };
    expect(await ask('GET', '/post')).toEqual([405, 'POST', true]);
    expect(await ask('GET', '/postx')).toEqual([404, undefined, true]);
    expect(await ask('OPTIONS', '/post')).toEqual([204, 'POST', false]);
    expect(await ask('OPTIONS', '/none')).toEqual([404, undefined, true]);
    expect(await ask('HEAD', '/read')).toEqual([200, undefined, false]);
    expect(await ask('HEAD', '/post')).toEqual([405, 'POST', false]);
    expect(await ask('TRACE', '/read')).toEqual([405, 'GET, HEAD', true]);
    expect(upstreams.outcomes).toHaveLength(1);
  });

  it('lets nobody in who is not known, or has none of its roles, and the service hears nothing', async () => {
    const { gateway, upstreams } = stage({ authenticators });
    upstreams.add('s', await mirror());
    gateway.addRoute({ path: '/', methods: ['GET'], serviceName: 's', authorize: 'authenticated' });
    gateway.addRoute({ path: '/admin', methods: ['GET'], serviceName: 's', roles: ['admin', 'root'] });
    const ask = async (path: string, authorization?: string) => gateway.handleRequest({ method: 'GET', path, headers: { authorization } });
    const unknown = await ask('/');
    expect([unknown.status, unknown.headers['www-authenticate']]).toEqual([401, 'Bearer realm="api"']);
    const forged = await ask('/', `${(await bearer()).slice(0, -8)}AAAAAAAA`);
    expect([forged.status, forged.headers['www-authenticate']]).toEqual([401, expect.stringContaining('error="invalid_token"')]);
    expect((await ask('/admin', await bearer())).status).toBe(403);
    expect(upstreams.leased).toHaveLength(0);
    expect((await ask('/admin', await bearer({ roles: 'user root' }))).status).toBe(200);
    expect((await ask('/', await bearer({ roles: undefined }))).status).toBe(200);
  });

  it('lets nobody in at all when nobody can be known, and says so when it is added', async () => {
    const { gateway, logged } = stage();
    gateway.addRoute({ path: '/', methods: ['GET'], serviceName: 's', authorize: 'authenticated' });
    expect(logged).toMatchObject([{ level: 'warn', fields: { path: '/' } }]);
    expect(await gateway.handleRequest({ method: 'GET', path: '/' })).toMatchObject({ status: 403 });
  });

  it('asks authenticators in turn', async () => {
    const key = {
      name: 'key',
      challenge: 'Key',
      recall: () => undefined,
      authenticate: async (headers: { single(name: string): string | undefined }) =>
        headers.single('x-key') === 'k' ? { principal: 'machine', roles: [] } : undefined,
    };
    const { gateway, upstreams } = stage({ authenticators: [...authenticators, key] });
    upstreams.add('s', await mirror());
    gateway.addRoute({ path: '/', methods: ['GET'], serviceName: 's', authorize: 'authenticated' });
    const known = await gateway.handleRequest({ method: 'GET', path: '/', headers: { 'x-key': 'k' } });
    expect(JSON.parse(text(known.body)).headers['tutti-principal']).toBe('machine');
    expect((await gateway.handleRequest({ method: 'GET', path: '/' })).headers['www-authenticate']).toEqual(['Bearer realm="api"', 'Key']);
  });

  it('counts who is not known by address, an IPv6 client by its /64', async () => {
    const rateLimiter = buckets();
    const { gateway, upstreams } = stage({ rateLimiter });
    upstreams.add('s', await mirror());
    gateway.addRoute({ path: '/', methods: ['GET'], serviceName: 's', public: true, rateLimit: { tokens: 2, refillRate: 1 } });
    const ask = async (clientAddress: string) => (await gateway.handleRequest({ method: 'GET', path: '/', clientAddress })).status;
    expect([await ask('2001:db8::1'), await ask('2001:db8::2'), await ask('2001:db8::3'), await ask('192.0.2.1')]).toEqual([
      200, 200, 429, 200,
    ]);
    expect([...rateLimiter.keys]).toEqual(['GET / client:2001:db8:0:0::/64', 'GET / client:192.0.2.1']);
  });

  it('counts also who has a longer name than a limiter takes', async () => {
    const rateLimiter = buckets();
    const { gateway, upstreams } = stage({ authenticators, rateLimiter });
    upstreams.add('s', await mirror());
    gateway.addRoute({
      path: '/',
      methods: ['GET'],
      serviceName: 's',
      authorize: 'authenticated',
      rateLimit: { tokens: 1, refillRate: 1 },
    });
    const ask = async (sub: string) => {
      const headers = { authorization: await bearer({ sub }) };
      return (await gateway.handleRequest({ method: 'GET', path: '/', headers })).status;
    };
    const long = 'x'.repeat(1_500);
    expect([await ask(`${long}a`), await ask(`${long}a`), await ask(`${long}b`)]).toEqual([200, 429, 200]);
  });

  it('refuses what the limiter cannot judge', async () => {
    const away: RateLimiter = { errorBound: 0, take: () => Promise.reject(new Error('at 10.0.0.1')) };
    const { gateway, upstreams } = stage({ rateLimiter: away });
    upstreams.add('s', await mirror());
    gateway.addRoute({ path: '/', methods: ['GET'], serviceName: 's', public: true, rateLimit: { tokens: 2, refillRate: 1 } });
    expect(await gateway.handleRequest({ method: 'GET', path: '/' })).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(upstreams.leased).toHaveLength(0);
  });

  it('needs a limiter for its limit', () => {
    const { gateway } = stage();
    expect(() =>
      gateway.addRoute({ path: '/', methods: ['GET'], serviceName: 's', public: true, rateLimit: { tokens: 1, refillRate: 1 } }),
    ).toThrowError(
      expect.objectContaining({
        code: 'INVALID_OPTIONS',
        details: { path: 'route.rateLimit', problem: 'needs the gateway to have a rateLimiter' },
      }),
    );
  });

  it('answers 503 while no instance is known, without a word about where it looked', async () => {
    const { gateway, logged } = stage();
    gateway.addRoute({ path: '/', methods: ['GET'], serviceName: 'nobody', public: true });
    const response = await gateway.handleRequest({ method: 'GET', path: '/' });
    expect(response.status).toBe(503);
    expect(text(response.body)).not.toContain('10.0.0.1');
    expect(logged).toMatchObject([{ level: 'warn', fields: { code: 'MESH_NO_ENDPOINT' } }]);
  });
});

describe('a request from inside', () => {
  it('may have a body of any kind', async () => {
    const { gateway, upstreams } = stage();
    upstreams.add('s', await mirror());
    gateway.addRoute({ path: '/', methods: ['POST'], serviceName: 's', public: true });
    const send = async (body: unknown, headers = {}) =>
      JSON.parse(text((await gateway.handleRequest({ method: 'POST', path: '/', body, headers })).body));
    async function* parts() {
      yield Buffer.from('a');
      yield Buffer.from('b');
    }
    expect(await send('text')).toMatchObject({ body: 'text', headers: { 'content-length': '4' } });
    expect(await send(Buffer.from('bytes'))).toMatchObject({ body: 'bytes' });
    expect(await send(parts())).toMatchObject({ body: 'ab', headers: { 'transfer-encoding': 'chunked' } });
    expect(await send(parts(), { 'content-length': '2' })).toMatchObject({ body: 'ab', headers: { 'content-length': '2' } });
    expect(await send({ a: 1 }, { 'content-type': 'application/x+json' })).toMatchObject({
      body: '{"a":1}',
      headers: { 'content-type': 'application/x+json' },
    });
    expect(await send(undefined)).toMatchObject({ body: '', headers: { 'content-length': '0' } });
    expect(await gateway.handleRequest({ method: 'POST', path: '/', body: parts(), headers: { 'content-length': '9' } })).toMatchObject({
      status: 400,
    });
  });

  it.each([
    [{ method: 'get', path: '/' }, 'request.method'],
    [{ method: 'GET', path: '/', headers: { 'x\r\ny': '1' } }, "request.headers['x\r\ny']"],
    [{ method: 'GET', path: '/', headers: { x: '1\r\ny: 2' } }, "request.headers['x']"],
    [{ method: 'POST', path: '/', body: 7n }, 'request.body'],
    [{ method: 'POST', path: '/', body: () => 1 }, 'request.body'],
  ])('that could not come over HTTP is refused: %#', async (request, path) => {
    await expect(stage().gateway.handleRequest(request)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', details: { path } });
  });

  it('is given up with its signal, and so is the way to the service', async () => {
    const server = await rawServer(() => {});
    const { gateway, upstreams } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute({ path: '/', methods: ['GET'], serviceName: 's', public: true });
    const controller = new AbortController();
    const work = gateway.handleRequest({ method: 'GET', path: '/', signal: controller.signal }).catch((error: unknown) => error);
    await eventually('the service has it', () => server.received.length === 1);
    controller.abort(new Error('enough'));
    expect(await work).toMatchObject({ message: 'enough' });
    await eventually('the service sees the end', () => server.closed === 1, 1_000);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'cancelled' }]);
  });

  it('gets a 502 for an answer that does not fit into memory', async () => {
    const port = await httpServer((_request, response) => response.end('x'.repeat(100_000)));
    const { gateway, upstreams } = stage({ limits: { maxCollectedBytes: 50_000 } });
    upstreams.add('s', port);
    gateway.addRoute({ path: '/', methods: ['GET'], serviceName: 's', public: true });
    const response = await gateway.handleRequest({ method: 'GET', path: '/' });
    expect(response.status).toBe(502);
    expect(problem(response.body)).toMatchObject({ code: 'GATEWAY_RESPONSE_TOO_LARGE' });
    expect(upstreams.outcomes).toMatchObject([{ kind: 'cancelled' }]);
  });
});

describe('the gateway', () => {
  it('takes nothing in once it is stopped', async () => {
    const { gateway } = stage();
    await gateway.stop();
    await expect(gateway.handleRequest({ method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'GATEWAY_STOPPING' });
    await expect(gateway.listen({ port: 0 })).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });

  it('says when a port is taken', async () => {
    const { gateway, open } = stage();
    const { port } = await open();
    await expect(gateway.listen({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  describe('shown to others', () =>
    checkLaws(it, inspectableLaws, () => {
      const { gateway } = stage();
      for (const path of ['/a', '/b', '/c', '/d']) gateway.addRoute({ path, methods: ['GET'], serviceName: 's', public: true });
      return { inspectable: gateway };
    }));

  it('shows its routes in pages', async () => {
    const { gateway } = stage();
    for (const path of ['/a', '/b', '/c']) gateway.addRoute({ path, methods: ['GET'], serviceName: 's', public: true });
    const routes = gateway.resources()[0];
    const first = await routes?.list({ limit: 2 });
    expect(first?.items).toMatchObject([{ path: '/a', methods: ['GET'], serviceName: 's', timeout: '30s' }, { path: '/b' }]);
    expect(await routes?.list({ limit: 2, after: first?.next ?? '' })).toEqual({ items: [expect.objectContaining({ path: '/c' })] });
  });

  it.each([
    [{}, 'gateway.upstreams'],
    [{ upstreams: {} }, 'gateway.upstreams'],
    [{ authenticators: [{}] }, 'gateway.authenticators[0]'],
    [{ limits: { maxBodyBytes: -1 } }, 'gateway.limits.maxBodyBytes'],
    [{ limits: { drainTimeout: 5 } }, 'gateway.limits.drainTimeout'],
    [{ middleware: [] }, 'gateway.middleware'],
  ])('refuses wrong options by path: %j', (wrong, path) => {
    const upstreams = { lease() {}, ready() {} };
    const options = (path === 'gateway.upstreams' ? wrong : { upstreams, ...wrong }) as unknown as GatewayOptions;
    expect(() => new APIGateway(options)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });
});
