import { expect, it } from 'vitest';
import { APIGateway } from '../api-gateway.ts';
import type { RouteRule } from './route-rule.ts';

const upstreams = { lease: () => Promise.reject, ready: async () => {} } as never;
const rules: readonly RouteRule[] = [
  { id: 'all', path: '/', methods: ['GET'], serviceName: 'web', public: true },
  { id: 'api', path: '/api', methods: ['GET'], serviceName: 'api', public: true },
  { id: 'status', path: '/api', exact: true, methods: ['GET'], serviceName: 'api', public: true },
  { id: 'beta', path: '/api', methods: ['GET'], headers: { 'x-beta': '1' }, serviceName: 'beta', public: true },
  { id: 'write', path: '/api', methods: ['POST'], query: { kind: 'order' }, serviceName: 'orders', public: true },
  { id: 'tenant', path: '/api', hosts: ['*.acme.example'], serviceName: 'acme', public: true },
];
function gateway(): APIGateway {
  const made = new APIGateway({ upstreams });
  made.setRoutes(rules);
  return made;
}

it('says which way a request would go, and why no other', () => {
  expect(gateway().explain({ method: 'GET', path: '/api/v%31', headers: { 'X-Beta': '1' } })).toEqual({
    decision: 'served',
    path: '/api/v1',
    route: 'beta',
    serviceName: 'beta',
    order: ['span', 'timeout', 'body cap', 'forward'],
    allow: ['GET', 'HEAD'],
    considered: [
      { route: 'all', not: 'another one is more specific' },
      { route: 'api', not: 'another one is more specific' },
      { route: 'status', not: 'path' },
      { route: 'beta' },
      { route: 'write', not: 'method' },
      { route: 'tenant', not: 'host' },
    ],
  });
});

it('says why a request would have none', () => {
  const refused = gateway().explain({ method: 'GET', path: '/api/../secret' });
  expect(refused).toEqual({ decision: 'refused', problem: expect.stringContaining('dot segments'), order: [], allow: [], considered: [] });
  const post = gateway().explain({ method: 'POST', path: '/api?kind=other' });
  expect([post.decision, post.allow, post.considered[4]]).toEqual([
    'method not allowed',
    ['GET', 'HEAD'],
    { route: 'write', not: 'query' },
  ]);
  const none = new APIGateway({ upstreams }).explain({ method: 'GET', path: '/' });
  expect([none.decision, none.allow, none.considered]).toEqual(['no route', [], []]);
});
