import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRouteRule, type RouteMethod, type RouteRule } from './route-rule.ts';
import { Router } from './router.ts';

const route = (path: string, methods: readonly RouteMethod[] = ['GET'], serviceName = path) => ({
  rule: checkRouteRule({ path, methods, serviceName }),
});
function routerOf(...routes: readonly ReturnType<typeof route>[]) {
  const router = new Router<ReturnType<typeof route>>();
  for (const each of routes) router.add(each);
  return (method: string, path: string): string | undefined => router.match(method, path)?.rule.serviceName;
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

  it('names the methods that a path has routes for', () => {
    const router = new Router<ReturnType<typeof route>>();
    router.add(route('/a', ['POST']));
    router.add(route('/a/b', ['GET']));
    expect([router.allowed('/a'), router.allowed('/a/b'), router.allowed('/x')]).toEqual([['POST'], ['GET', 'HEAD', 'POST'], []]);
  });

  it('knows no methods but those of its routes', () => {
    const match = routerOf(route('/'));
    expect(['__proto__', 'constructor', 'CONNECT', 'get'].map((method) => match(method, '/'))).toEqual(Array(4).fill(undefined));
  });

  it('refuses a second route for the same path and method', () => {
    const router = new Router<ReturnType<typeof route>>();
    router.add(route('/a', ['GET', 'POST'], 'first'));
    expect(() => router.add(route('/a', ['POST']))).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', message: expect.stringContaining('first') }),
    );
    router.add(route('/a', ['PUT'], 'third'));
    expect(router.match('PUT', '/a')?.rule.serviceName).toBe('third');
  });

  it('agrees with a naive one on any routes and paths', () => {
    const path = fc.array(fc.constantFrom('a', 'b', 'ab', 'a.b'), { maxLength: 4 }).map((segments) => `/${segments.join('/')}`);
    const methods = fc.subarray(['GET', 'POST', 'HEAD'] as const, { minLength: 1 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(path, methods), { maxLength: 8 }),
        path,
        fc.constantFrom('GET', 'POST', 'HEAD'),
        (rules, target, method) => {
          const unique = rules.filter(([at], index) => rules.findIndex(([other]) => other === at) === index);
          const match = routerOf(...unique.map(([at, named]) => route(at, named)));
          const fits = unique
            .filter(([, named]) => (named as string[]).includes(method) || (method === 'HEAD' && (named as string[]).includes('GET')))
            .filter(([at]) => at === '/' || target === at || target.startsWith(`${at}/`))
            .sort(([a], [b]) => b.length - a.length);
          expect(match(method, target)).toBe(fits[0]?.[0]);
        },
      ),
    );
  });
});

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
    expect(checkRouteRule(good)).toMatchObject(good);
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
