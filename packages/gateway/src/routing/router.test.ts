import { describe, expect, it } from 'vitest';
import { RequestHeaders } from '../http/request-headers.ts';
import type { RouteMethod } from './route-match.ts';
import { checkRouteRule, type RouteRule } from './route-rule.ts';
import { Router } from './router.ts';

const route = (path: string, methods: readonly RouteMethod[] = ['GET'], serviceName = path, others: Partial<RouteRule> = {}) => ({
  rule: checkRouteRule({ path, methods, serviceName, ...others }),
});
const asked = (headers: readonly string[] = [], target = '/') => ({ headers: new RequestHeaders(headers), target });
function routerOf(...routes: readonly ReturnType<typeof route>[]) {
  const router = new Router(routes);
  return (method: string, path: string): string | undefined => router.match(method, path, asked())?.rule.serviceName;
}

describe('a router', () => {
  it('takes a path for a prefix of whole segments', () => {
    const match = routerOf(route('/api/v1/voice'));
    expect(['/api/v1/voice', '/api/v1/voice/', '/api/v1/voice/analyze', '/api/v1/voice/a/b'].map((path) => match('GET', path))).toEqual(
      Array(4).fill('/api/v1/voice'),
    );
    expect(['/api/v1/voicex', '/api/v1/voic', '/api/v1', '/', '/API/v1/voice'].map((path) => match('GET', path))).toEqual(
      Array(5).fill(undefined),
    );
  });

  it('prefers the longest path that has the method', () => {
    const match = routerOf(route('/'), route('/a'), route('/a/b', ['POST']), route('/a/b/c'));
    expect([match('GET', '/x'), match('GET', '/a/x'), match('GET', '/a/b'), match('POST', '/a/b/c'), match('GET', '/a/b/c/d')]).toEqual([
      '/',
      '/a',
      '/a',
      '/a/b',
      '/a/b/c',
    ]);
  });

  it('takes HEAD for GET, unless the path has its own', () => {
    const match = routerOf(route('/a'), route('/a', ['HEAD'], 'own'), route('/a/b'), route('/c', ['HEAD'], 'only head'));
    expect([match('HEAD', '/a'), match('HEAD', '/a/b'), match('HEAD', '/c'), match('GET', '/c')]).toEqual([
      'own',
      '/a/b',
      'only head',
      undefined,
    ]);
  });

  it('names the methods that a request would have routes for', () => {
    const router = new Router([route('/a', ['POST']), route('/a/b', ['GET']), route('/a/b', ['PUT'], 's', { headers: { x: '1' } })]);
    expect([router.allowed('/a', asked()), router.allowed('/a/b', asked()), router.allowed('/x', asked())]).toEqual([
      ['POST'],
      ['GET', 'HEAD', 'POST'],
      [],
    ]);
    expect(router.allowed('/a/b', asked(['X', '1']))).toEqual(['GET', 'HEAD', 'POST', 'PUT']);
  });

  it('knows no methods but those that routes may name', () => {
    const match = routerOf(route('/'), { rule: checkRouteRule({ path: '/all', serviceName: 'all' }) });
    expect(['__proto__', 'constructor', 'CONNECT', 'get'].map((method) => match(method, '/'))).toEqual(Array(4).fill(undefined));
    expect([match('TRACE', '/all'), match('PATCH', '/all'), match('OPTIONS', '/all')]).toEqual([undefined, 'all', 'all']);
  });

  it('reads a host without its case, its port and the dot at its end', () => {
    const router = new Router([
      route('/', ['GET'], 'one', { hosts: ['api.example'] }),
      route('/', ['GET'], 'many', { hosts: ['*.example'] }),
    ]);
    const match = (host?: string) => router.match('GET', '/', asked(host === undefined ? [] : ['Host', host]))?.rule.serviceName;
    expect(['api.example', 'API.Example', 'api.example:8080', 'api.example.', 'api.example.:80'].map(match)).toEqual(Array(5).fill('one'));
    expect(['www.example', 'a.b.example:1'].map(match)).toEqual(['many', 'many']);
    expect(['example', '.example', '[::1]:80', 'api.example.org', 'x/api.example', '', undefined].map(match)).toEqual([
      undefined,
      undefined,
      ...Array(5).fill(undefined),
    ]);
  });

  it('matches values as a whole or by how they begin, and the query decoded', () => {
    const router = new Router([
      route('/', ['GET'], 'beta', { headers: { 'X-Client': { prefix: 'beta/' } } }),
      route('/', ['GET'], 'search', { query: { q: 'a b&c' } }),
    ]);
    const match = (headers: readonly string[], target: string) => router.match('GET', '/', asked(headers, target))?.rule.serviceName;
    expect([match(['x-client', 'beta/2'], '/'), match(['x-client', 'beta'], '/')]).toEqual(['beta', undefined]);
    expect(['/?q=a%20b%26c', '/?q=a+b%26c&z', '/?%71=a+b%26c', '/?q=a+b&c', '/?Q=a+b%26c'].map((target) => match([], target))).toEqual([
      'search',
      'search',
      'search',
      undefined,
      undefined,
    ]);
  });

  it('refuses a request in which what routes are found by came more than once, and no other', () => {
    const admin = route('/a', ['GET'], 'admin', { headers: { role: 'admin' } });
    const debug = route('/b', ['GET'], 'debug', { query: { mode: 'debug' } });
    const router = new Router([route('/a'), admin, route('/b'), debug, route('/c')]);
    const refused = expect.objectContaining({ code: 'GATEWAY_BAD_REQUEST' });
    expect(() => router.match('GET', '/a', asked(['role', 'guest', 'Role', 'admin']))).toThrowError(refused);
    expect(() => router.match('GET', '/b', asked([], '/b?mode=x&%6Dode=debug'))).toThrowError(refused);
    expect(router.match('GET', '/c', asked(['role', 'guest', 'role', 'admin'], '/c?mode=x&mode=debug'))?.rule.path).toBe('/c');
  });

  it('refuses two routes for the same requests, and two of one name', () => {
    const twice = (...rules: readonly ReturnType<typeof route>[]) => expect(() => new Router(rules));
    const refused = (path: string, message: string) =>
      expect.objectContaining({
        code: 'INVALID_OPTIONS',
        details: expect.objectContaining({ path }),
        message: expect.stringContaining(message),
      });
    twice(route('/a', ['GET', 'POST']), route('/a', ['POST'])).toThrowError(refused('routes[1].path', 'GET,POST /a'));
    const hosted = (hosts: readonly string[], id: string) => route('/a', ['GET'], 's', { hosts, id });
    twice(hosted(['a.example', 'b.example'], 'one'), hosted(['b.example'], 'two')).toThrowError(refused('routes[1].path', 'one'));
    twice(hosted(['a.example'], 'one'), hosted(['b.example'], 'one')).toThrowError(refused('routes[1].id', 'one'));
    const carried = (headers: Record<string, string>, id: string) => route('/a', ['GET'], 's', { headers, id });
    twice(carried({ A: '1', b: '2' }, 'one'), carried({ B: '2', a: '1' }, 'two')).toThrowError(refused('routes[1].path', 'one'));
    twice(
      route('/a', ['GET', 'POST']),
      route('/a', ['PUT'], 'third'),
      { rule: checkRouteRule({ path: '/a', serviceName: 'the rest' }) },
      route('/a', ['GET'], 's', { exact: true }),
      route('/a', ['GET'], 's', { query: { a: '1' } }),
      route('/a', ['GET'], 's', { query: { a: { prefix: '1' } } }),
    ).not.toThrow();
  });
});
