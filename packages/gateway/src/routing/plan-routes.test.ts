import { memoryRateLimiter } from '@tutti/core';
import { expect, it } from 'vitest';
import { APIGateway } from '../api-gateway.ts';
import type { RouteRule } from './route-rule.ts';

const upstreams = { lease: () => Promise.reject, ready: async () => {} } as never;
const before: readonly RouteRule[] = [
  { id: 'web', path: '/', serviceName: 'web', public: true },
  { id: 'api', path: '/api', serviceName: 'api', authorize: 'authenticated', rateLimit: { tokens: 10, refillRate: 1 } },
  { id: 'old', path: '/old', methods: ['GET'], serviceName: 'old', public: true },
];
const requests = ['/', '/api/a', '/api/b', '/old', '/new'].map((path) => ({ method: 'GET', path }));
const authenticator = { name: 'test', challenge: 'Test', recall: () => undefined, authenticate: async () => undefined };

function gateway(): APIGateway {
  const made = new APIGateway({ upstreams, rateLimiter: memoryRateLimiter(), authenticators: [authenticator] });
  made.setRoutes(before);
  return made;
}
const change = (id: string, others: Partial<RouteRule>): readonly RouteRule[] =>
  before.map((rule) => (rule.id === id ? { ...rule, ...others } : rule));
const differs = (rules: readonly RouteRule[]) =>
  gateway()
    .plan(rules, requests)
    .requests.map(({ index, differs }) => [requests[index]?.path, ...differs]);

it('changes nothing when nothing is changed', () => {
  expect(gateway().plan(before, requests)).toEqual({ added: [], removed: [], changed: [], requests: [] });
});

it('says of each request what would be different about it', () => {
  const [, api] = before;
  expect(differs(change('api', { serviceName: 'api-2' }))).toEqual([
    ['/api/a', 'service'],
    ['/api/b', 'service'],
  ]);
  expect(differs(change('api', { authorize: { anyRole: ['admin'] } }))).toEqual([
    ['/api/a', 'access'],
    ['/api/b', 'access'],
  ]);
  expect(differs(change('api', { rateLimit: { tokens: 5, refillRate: 1 } }))).toEqual([
    ['/api/a', 'limit'],
    ['/api/b', 'limit'],
  ]);
  expect(differs(change('api', { timeout: '1s' }))).toEqual([
    ['/api/a', 'handling'],
    ['/api/b', 'handling'],
  ]);
  expect(differs([...before, { ...(api as RouteRule), id: 'b', path: '/api/b' }])).toEqual([['/api/b', 'route']]);
  expect(differs(change('old', { methods: ['POST'] }))).toEqual([['/old', 'route', 'service']]);
  expect(differs(before.filter(({ id }) => id !== 'web'))).toEqual([
    ['/', 'route'],
    ['/new', 'route'],
  ]);
});

it('shows both treatments, and which routes come, go and change', () => {
  const gone = before.filter(({ id }) => id === 'web').map((rule) => ({ ...rule, path: '/www' }));
  const plan = gateway().plan([...gone, { id: 'new', path: '/new', serviceName: 'new', public: true }], requests);
  expect([plan.added, plan.removed, plan.changed]).toEqual([['new'], ['api', 'old'], ['web']]);
  expect(plan.requests.map(({ before: was, after }) => [was.rule?.id, after.decision, after.rule?.id])).toEqual([
    ['web', 'no route', undefined],
    ['api', 'no route', undefined],
    ['api', 'no route', undefined],
    ['old', 'no route', undefined],
    ['web', 'served', 'new'],
  ]);
});

it('refuses what could not be set, and sets nothing', () => {
  const made = gateway();
  expect(() => made.plan(change('old', { path: 'old' }), requests)).toThrowError(
    expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path: 'routes[2].path' }) }),
  );
  made.plan([], requests);
  expect(made.explain({ method: 'GET', path: '/old' }).route).toBe('old');
});
