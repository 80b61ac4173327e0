import { coreError, TuttiError } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { gatewayError } from './errors.ts';
import { problemHeaders, problemOf } from './problem.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('a problem', () => {
  it('has the members of RFC 9457, the code and the trace', () => {
    expect(problemOf(gatewayError('GATEWAY_NO_ROUTE', {}), traceparent)).toEqual({
      type: 'urn:tutti:problem:gateway-no-route',
      title: 'Not Found',
      status: 404,
      detail: 'no route leads there',
      code: 'GATEWAY_NO_ROUTE',
      traceId: '0af7651916cd43dd8448eb211c80319c',
    });
  });

  it('names no instance and repeats no message from behind the gateway', () => {
    const where = { serviceName: 's', instanceId: 'i-10.0.0.1' };
    const inside = [
      gatewayError('GATEWAY_CONNECT_FAILED', where, { cause: new Error('connect ECONNREFUSED 10.0.0.1:80') }),
      gatewayError('GATEWAY_RESPONSE_LOST', where),
      gatewayError('GATEWAY_OUTCOME_UNKNOWN', where),
      new TuttiError('MESH_NO_ENDPOINT', {}, { retryable: true, message: () => '10.0.0.1 is unhealthy' }),
      coreError('STORE_UNAVAILABLE', { store: 'redis://10.0.0.1', problem: 'refused' }),
      new Error('at 10.0.0.1'),
      'at 10.0.0.1',
    ];
    const problems = inside.map((error) => problemOf(error, traceparent));
    expect(JSON.stringify(problems)).not.toContain('10.0.0.1');
    expect(problems.map(({ status, code }) => `${status} ${code}`)).toEqual([
      '503 GATEWAY_CONNECT_FAILED',
      '502 GATEWAY_RESPONSE_LOST',
      '502 GATEWAY_OUTCOME_UNKNOWN',
      '503 MESH_NO_ENDPOINT',
      '503 STORE_UNAVAILABLE',
      '500 INTERNAL',
      '500 INTERNAL',
    ]);
  });

  it('brings the headers that its status needs', () => {
    expect(problemHeaders(gatewayError('GATEWAY_METHOD_NOT_ALLOWED', { method: 'GET', allow: ['POST', 'PUT'] }))).toEqual(
      expect.arrayContaining(['allow', 'POST, PUT']),
    );
    expect(problemHeaders(gatewayError('GATEWAY_RATE_LIMITED', { retryAfterMs: 9_001 }))).toEqual(
      expect.arrayContaining(['retry-after', '10']),
    );
    expect(problemHeaders(gatewayError('GATEWAY_RATE_LIMITED', { retryAfterMs: 0 }))).toEqual(expect.arrayContaining(['retry-after', '1']));
    expect(problemHeaders(gatewayError('GATEWAY_UNAUTHENTICATED', { problem: 'x', challenges: ['Bearer', 'Basic'] }))).toEqual(
      expect.arrayContaining(['www-authenticate', 'Bearer', 'www-authenticate', 'Basic']),
    );
  });
});
