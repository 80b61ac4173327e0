import { describe, expect, it } from 'vitest';
import { checkRouteRule, type RouteRule } from './route-rule.ts';

describe('a route', () => {
  const good: RouteRule = {
    path: '/api/v1/voice',
    methods: ['POST'],
    serviceName: 'voice-interface',
    rateLimit: { tokens: 10, refillRate: 0.1 },
    timeout: '45s',
    roles: ['member'],
  };

  it('has 30 seconds and asks who it is, unless it says otherwise', () => {
    expect(checkRouteRule({ path: '/', methods: ['GET'], serviceName: 's' })).toMatchObject({
      timeout: '30s',
      public: false,
      stripPrefix: false,
    });
    const { roles, rateLimit, ...plain } = good;
    expect(checkRouteRule(good)).toMatchObject({ ...plain, authorize: { anyRole: roles }, rateLimit: [rateLimit] });
  });

  it('is named after what it matches, and keeps one form of it', () => {
    const { id, headers, methods, hosts } = checkRouteRule({
      hosts: ['b.example', '*.a.example', 'b.example'],
      path: '/a',
      exact: true,
      methods: ['POST', 'GET', 'POST'],
      headers: { 'X-B': '1', 'X-A': { prefix: '2' } },
      query: { q: '3' },
      serviceName: 's',
    });
    expect(id).toBe('GET,POST *.a.example,b.example/a exactly ?q=3 [x-a: 2…, x-b: 1]');
    expect([headers, methods, hosts]).toEqual([{ 'x-a': { prefix: '2' }, 'x-b': '1' }, ['POST', 'GET'], ['b.example', '*.a.example']]);
    expect(checkRouteRule({ path: '/', serviceName: 's' }).id).toBe('ANY /');
    expect(checkRouteRule(good).id).toBe('POST /api/v1/voice');
  });

  it.each([
    [{ path: 'api' }, 'route.path'],
    [{ path: '/api/' }, 'route.path'],
    [{ path: '/a//b' }, 'route.path'],
    [{ path: '/a/../b' }, 'route.path'],
    [{ path: '/a/:id' }, 'route.path'],
    [{ path: '/a/*' }, 'route.path'],
    [{ path: '/%61' }, 'route.path'],
    [{ methods: [] }, 'route.methods'],
    [{ id: '' }, 'route.id'],
    [{ exact: 1 }, 'route.exact'],
    [{ hosts: [] }, 'route.hosts'],
    [{ hosts: 'a.example' }, 'route.hosts'],
    [{ hosts: ['a.example', 'A.example'] }, 'route.hosts[1]'],
    [{ hosts: ['a.example:80'] }, 'route.hosts[0]'],
    [{ hosts: ['*'] }, 'route.hosts[0]'],
    [{ hosts: ['a.*.example'] }, 'route.hosts[0]'],
    [{ hosts: ['a..example'] }, 'route.hosts[0]'],
    [{ hosts: ['-a.example'] }, 'route.hosts[0]'],
    [{ hosts: ['a.example.'] }, 'route.hosts[0]'],
    [{ headers: 'x' }, 'route.headers'],
    [{ headers: { 'a b': '1' } }, 'route.headers.a b'],
    [{ headers: { Host: 'a.example' } }, 'route.headers.Host'],
    [{ headers: { a: '1', A: '2' } }, 'route.headers.A'],
    [{ headers: { a: 1 } }, 'route.headers.a'],
    [{ headers: { a: ['1'] } }, 'route.headers.a.0'],
    [{ headers: { a: { regexp: '(a+)+' } } }, 'route.headers.a.regexp'],
    [{ query: { a: { prefix: '' } } }, 'route.query.a.prefix'],
    [{ query: { a: null } }, 'route.query.a'],
    [{ middleware: 'm' }, 'route.middleware'],
    [{ methods: ['GET', 'get'] }, 'route.methods[1]'],
    [{ methods: ['CONNECT'] }, 'route.methods[0]'],
    [{ methods: 'GET' }, 'route.methods'],
    [{ serviceName: '' }, 'route.serviceName'],
    [{ serviceName: undefined }, 'route.serviceName'],
    [{ timeout: 45 }, 'route.timeout'],
    [{ roles: ['a', 1] }, 'route.roles[1]'],
    [{ public: 'yes' }, 'route.public'],
    [{ public: true }, 'route.roles'],
    [{ rateLimit: { tokens: 0, refillRate: 1 } }, 'route.rateLimit.tokens'],
    [{ rateLimit: { tokens: 1, refillRate: 0 } }, 'route.rateLimit.refillRate'],
    [{ rateLimit: { tokens: 1, refill: 1 } }, 'route.rateLimit.refillRate'],
    [{ service: 's' }, 'route.service'],
  ])('with %j is refused for its %s', (wrong, path) => {
    const rule = { ...good, ...wrong } as unknown as RouteRule;
    expect(() => checkRouteRule(rule)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });
});
