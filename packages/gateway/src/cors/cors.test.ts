import { describe, expect, it } from 'vitest';
import { httpServer, stage } from '../../test/set-up.ts';
import type { RouteRule } from '../routing/route-rule.ts';
import type { CorsRule } from './cors-rule.ts';

const app = 'https://app.example';
const route = { path: '/things', methods: ['GET', 'PUT'], serviceName: 's', public: true } as const;

async function door(cors: CorsRule | undefined, more: Partial<RouteRule> = {}) {
  const asked: string[] = [];
  const port = await httpServer((message, response) => {
    asked.push(`${message.method} ${message.url}`);
    response.setHeader('access-control-allow-origin', 'https://service.example');
    response.setHeader('vary', 'Accept');
    response.end('ok');
  });
  const { gateway, upstreams } = stage();
  upstreams.add('s', port);
  gateway.addRoute({ ...route, ...(cors && { cors }), ...more });
  const preflight = (origin: string, method: string, path = '/things/1') =>
    gateway.handleRequest({ method: 'OPTIONS', path, headers: { origin, 'access-control-request-method': method } });
  const get = (origin?: string) =>
    gateway.handleRequest({ method: 'GET', path: '/things/1', ...(origin !== undefined && { headers: { origin } }) });
  return { gateway, preflight, get, asked };
}

const cors = {
  origins: [app, 'https://*.friends.example'],
  credentials: true,
  allowHeaders: ['X-Token'],
  exposeHeaders: ['X-Sum'],
  maxAge: '1h',
} as const;

describe('a preflight', () => {
  it('is answered for pages that may, by the route of what they ask for, and reaches nobody', async () => {
    const { preflight, asked } = await door(cors, { public: false, roles: ['member'] });
    const { status, headers } = await preflight(app, 'PUT');
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': app,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'X-Token',
      'access-control-max-age': '3600',
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    });
    expect(asked).toEqual([]);
  });

  it.each([
    'https://evil.example',
    'http://app.example',
    'https://app.example.evil.example',
    'https://app.example:8443',
    'https://friends.example',
    'https://evil.example#.friends.example',
    'https://evil.example/.friends.example',
    'null',
    '',
  ])('says nothing to a page of %j', async (origin) => {
    const { preflight, get } = await door(cors);
    for (const { headers } of [await preflight(origin, 'PUT'), await get(origin)])
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('lets names below one that is allowed in, however deep', async () => {
    const { preflight } = await door(cors);
    for (const origin of ['https://a.friends.example', 'https://a.b.friends.example'])
      expect((await preflight(origin, 'GET')).headers['access-control-allow-origin']).toBe(origin);
  });

  it('for what no route takes, or without a rule, is an ordinary request', async () => {
    const { preflight, asked } = await door(cors);
    expect((await preflight(app, 'DELETE')).status).toBe(204);
    expect((await preflight(app, 'DELETE')).headers['allow']).toBe('GET, HEAD, PUT');
    expect((await preflight(app, 'GET', '/elsewhere')).status).toBe(404);
    expect(asked).toEqual([]);
    const open = await door(undefined, { methods: ['GET', 'OPTIONS'] });
    expect((await open.preflight(app, 'GET')).headers['access-control-allow-origin']).toBe('https://service.example');
    expect(open.asked).toEqual(['OPTIONS /things/1']);
  });
});

describe('an answer', () => {
  it('may be read by pages that may, and what the service says of that is dropped', async () => {
    const { get } = await door(cors);
    const { status, headers } = await get(app);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'access-control-allow-origin': app,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'X-Sum',
      vary: ['Accept', 'Origin'],
    });
    expect((await get()).headers).toMatchObject({ vary: ['Accept', 'Origin'] });
  });

  it('may be read by them also when it is a refusal', async () => {
    const { get } = await door(cors, { public: false, roles: ['member'] });
    expect(await get(app)).toMatchObject({ status: 403, headers: { 'access-control-allow-origin': app } });
  });

  it('for everybody is the same for everybody', async () => {
    const { get } = await door({ origins: '*' });
    const { headers } = await get('https://any.example');
    expect(headers).toMatchObject({ 'access-control-allow-origin': '*', vary: 'Accept' });
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });
});

describe('a rule of who may read', () => {
  it.each([
    [{}, 'route.cors.origins'],
    [{ origins: [] }, 'route.cors.origins'],
    [{ origins: 'https://app.example' }, 'route.cors.origins'],
    [{ origins: ['app.example'] }, 'route.cors.origins'],
    [{ origins: ['https://App.example'] }, 'route.cors.origins'],
    [{ origins: ['https://app.example/'] }, 'route.cors.origins'],
    [{ origins: ['https://*'] }, 'route.cors.origins'],
    [{ origins: ['https://a.*.example'] }, 'route.cors.origins'],
    [{ origins: ['null'] }, 'route.cors.origins'],
    [{ origins: '*', credentials: true }, 'route.cors.credentials'],
    [{ origins: '*', allowHeaders: ['a b'] }, 'route.cors.allowHeaders[0]'],
    [{ origins: '*', maxAge: 5 }, 'route.cors.maxAge'],
    [{ origins: '*', origin: 'x' }, 'route.cors.origin'],
  ])('with %j is refused for its %s', async (wrong, path) => {
    const { gateway } = stage();
    expect(() => gateway.addRoute({ ...route, cors: wrong as never })).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path: expect.stringContaining(path) }) }),
    );
  });
});
