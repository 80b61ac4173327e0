import { memoryRateLimiter, type RateLimiter } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { type Authenticator, type GatewayRequest, middlewareStack, reply } from '../src/index.ts';
import { httpServer, stage } from './set-up.ts';

/** Knows everybody by name: `ann:member` is Ann, with the role of a member. */
const byName: Authenticator = {
  name: 'by name',
  challenge: 'Name',
  recall: () => undefined,
  async authenticate(headers) {
    const [principal, ...roles] = headers.single('x-name')?.split(':') ?? [];
    return principal === undefined ? undefined : { principal, roles };
  },
};

/** Notes whose buckets are asked. */
function noted(inner: RateLimiter, asked: string[]): RateLimiter {
  return {
    errorBound: 0,
    take(key, limit, cost) {
      asked.push(key.includes('192.0.2.') ? 'address limit' : 'rate limit');
      return inner.take(key, limit, cost);
    },
  };
}

it('asks the layers of a route in the order that is shown', async () => {
  const asked: string[] = [];
  const { gateway, upstreams } = stage({
    authenticators: [byName],
    rateLimiter: noted(memoryRateLimiter({ runtime: testRuntime() }), asked),
    middleware: middlewareStack()
      .use('stop', async ({ headers }, next) => (headers.single('x-stop') ? reply({ status: 418 }) : next()))
      .use('hang', async ({ headers }, next) => (headers.single('x-hang') ? new Promise(() => {}) : next())),
    limits: { maxBodyBytes: 10 },
  });
  upstreams.add('s', await httpServer((request, response) => request.resume().on('end', () => response.end())));
  gateway.addRoute({
    path: '/',
    serviceName: 's',
    roles: ['member'],
    timeout: '100ms',
    rateLimit: [
      { name: 'near', by: 'address', tokens: 7, refillRate: 0.001 },
      { name: 'own', by: 'caller', tokens: 1, refillRate: 0.001 },
    ],
  });

  const long = { method: 'POST', path: '/', clientAddress: '192.0.2.1', body: 'x'.repeat(11) };
  const bob = { ...long, headers: { 'x-name': 'bob:member' } };
  const steps: readonly (readonly [layer: string, request: GatewayRequest, status: number])[] = [
    ['authentication', long, 401],
    ['authorization', { ...long, headers: { 'x-name': 'ann:guest', 'x-hang': '1' } }, 403],
    ['timeout', { ...long, headers: { 'x-name': 'ann:member', 'x-hang': '1' } }, 504],
    ['stop', { ...long, headers: { 'x-name': 'cyd:member', 'x-stop': '1', 'x-hang': '1' } }, 418],
    ['rate limit', { ...long, headers: { 'x-name': 'cyd:member', 'x-stop': '1' } }, 429],
    ['body cap', bob, 413],
    ['forward', { ...bob, body: 'short', headers: { 'x-name': 'dot:member' } }, 200],
    ['address limit', long, 429],
  ];
  for (const [layer, request, status] of steps) {
    asked.length = 0;
    expect([layer, (await gateway.handleRequest(request)).status]).toEqual([layer, status]);
    const whose = layer === 'address limit' || status === 401 || status === 403 ? ['address limit'] : ['address limit', 'rate limit'];
    expect([layer, [...asked]]).toEqual([layer, whose]);
  }
  const page = await gateway.resources()[0]?.list({ limit: 1 });
  const order = [
    'span',
    'address limit',
    'authentication',
    'authorization',
    'rate limit',
    'timeout',
    'stop',
    'hang',
    'body cap',
    'forward',
  ];
  expect(page?.items[0]?.['order']).toEqual(order);
  expect(gateway.explain({ method: 'POST', path: '/' }).order).toEqual(order);
});
