import { type AuditRecord, defaultRuntime } from '@tutti/core';
import { eventually } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { httpServer, rawClient, rawServer, stage } from '../../test/set-up.ts';
import type { AccessRecord, GatewayOptions } from '../index.ts';
import { maxPendingAudits } from './audit-trail.ts';

const route = { path: '/api', methods: ['GET', 'POST'], serviceName: 's', public: true } as const;
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** A gateway over a service that says ok, and the records it writes. */
async function recorded(options: Partial<GatewayOptions> = {}) {
  const records: AccessRecord[] = [];
  const server = await rawServer((socket) => socket.write(ok));
  const staged = stage({ ...options, accessLog: { ...options.accessLog, sink: (record) => records.push(record) } });
  staged.upstreams.add('s', server.port);
  staged.gateway.addRoute(route);
  const record = (): Promise<AccessRecord> => eventually('a record', () => records.shift());
  return { ...staged, server, record, records };
}

describe('an access record', () => {
  it('says what was asked, by whom, who answered, what and how fast', async () => {
    const { gateway, record, server } = await recorded();
    await gateway.handleRequest({ method: 'POST', path: '/api/x?q=1', body: 'four', clientAddress: '192.0.2.77' });
    expect(await record()).toEqual({
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
      traceId: expect.stringMatching(/^[\da-f]{32}$/),
      route: 'GET,POST /api',
      serviceName: 's',
      method: 'POST',
      target: '/api/x',
      httpVersion: '1.1',
      status: 200,
      outcome: 'answered',
      bytesIn: 4,
      bytesOut: 2,
      durationMs: expect.any(Number),
      answeredAfterMs: expect.any(Number),
      instanceId: `i-${server.port}`,
      attempts: 1,
      client: '192.0.2.0/24',
    });
  });

  it('is written of refusals, with their code', async () => {
    const { gateway, record } = await recorded();
    await gateway.handleRequest({ method: 'GET', path: '/nowhere' });
    expect(await record()).toMatchObject({ status: 404, code: 'GATEWAY_NO_ROUTE', outcome: 'answered', attempts: 0, target: '/nowhere' });
    await gateway.handleRequest({ method: 'DELETE', path: '/api' });
    expect(await record()).toMatchObject({ status: 405, code: 'GATEWAY_METHOD_NOT_ALLOWED' });
  });

  it('tells a client that left from an answer that broke off', async () => {
    const { gateway, upstreams, open, record } = await recorded();
    const [silent, short] = [
      await rawServer(() => {}),
      await rawServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok')),
    ];
    upstreams.add('silent', silent.port).add('short', short.port);
    gateway.addRoute({ ...route, path: '/silent', serviceName: 'silent' });
    gateway.addRoute({ ...route, path: '/short', serviceName: 'short' });
    const { port } = await open();
    const client = rawClient(port).send('GET /silent HTTP/1.1\r\nHost: h\r\n\r\n');
    await eventually('the service has it', () => silent.received.length === 1);
    client.socket.destroy();
    expect(await record()).toMatchObject({ status: 0, outcome: 'client left', code: 'CANCELLED' });
    await rawClient(port).send('GET /short HTTP/1.1\r\nHost: h\r\n\r\n').closed();
    expect(await record()).toMatchObject({ status: 200, outcome: 'broken off', code: 'GATEWAY_OUTCOME_UNKNOWN', bytesOut: 2 });
  });

  it('shows as much as the options say', async () => {
    const { gateway, record } = await recorded({ accessLog: {} });
    await gateway.handleRequest({ method: 'GET', path: '/api' });
    expect(await record()).not.toHaveProperty('headers');
    const records: AccessRecord[] = [];
    const sink = (one: AccessRecord): void => void records.push(one);
    const shown = stage({ accessLog: { sink, target: 'query', clientAddress: 'whole', headers: ['user-agent'] } });
    await shown.gateway.handleRequest({
      method: 'GET',
      path: '/a?q=1&token=t',
      clientAddress: '::ffff:192.0.2.7',
      headers: { 'User-Agent': 'curl' },
    });
    expect(records[0]).toMatchObject({ target: '/a?q=1&token=[redacted]', client: '::ffff:192.0.2.7', headers: { 'user-agent': 'curl' } });
  });

  it('goes to the log at info where there is no sink', async () => {
    const lines: unknown[] = [];
    const logger = { enabled: () => true, log: (...line: unknown[]) => void lines.push(line) };
    const { gateway } = stage({ runtime: { ...defaultRuntime, logger } });
    await gateway.handleRequest({ method: 'GET', path: '/' });
    expect(lines).toEqual([['info', 'a request', expect.objectContaining({ status: 404 })]]);
  });

  it.each([
    [{ accessLog: { headers: ['cookie'] } }, 'gateway.accessLog.headers[0]'],
    [{ accessLog: { headers: ['X-A'] } }, 'gateway.accessLog.headers[0]'],
    [{ accessLog: { target: 'all' } }, 'gateway.accessLog.target'],
    [{ redact: { headers: [''] } }, 'gateway.redact.headers[0]'],
    [{ requestIds: 'all' }, 'gateway.requestIds'],
    [{ audit: {} }, 'gateway.audit'],
  ])('is not promised by wrong options: %j', (options, path) => {
    expect(() => stage(options as unknown as GatewayOptions)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ path }) }),
    );
  });
});

describe('a request id', () => {
  const given = (options: Partial<GatewayOptions>, id: string): Promise<[sent: string, told: string]> =>
    recorded(options).then(async ({ open, server }) => {
      const received = await rawClient((await open()).port)
        .send(`GET /api HTTP/1.1\r\nHost: h\r\nX-Request-Id: ${id}\r\n\r\n`)
        .until('ok');
      return [/x-request-id: (.*)\r/i.exec(server.received[0] ?? '')?.[1] ?? '', /x-request-id: (.*)\r/i.exec(received)?.[1] ?? ''];
    });
  const own = /^[\da-f]{8}-[\da-f]{4}-7/;

  it.each([
    ['nobody', [], 'abc', own],
    ['proxies', [], 'abc', own],
    ['proxies', ['127.0.0.1'], 'abc', /^abc$/],
    ['proxies', ['127.0.0.1'], 'a b', own],
    ['clients', [], 'abc', /^abc$/],
    ['clients', [], 'x'.repeat(129), own],
  ] as const)(
    'of %s, with trusted proxies %j, %s, becomes the same for client and service',
    async (requestIds, trustedProxies, id, expected) => {
      const [sent, told] = await given({ requestIds, trustedProxies }, id);
      expect(sent).toMatch(expected);
      expect(told).toBe(sent);
    },
  );

  it('is in the problem and in the answer to it', async () => {
    const { gateway } = stage();
    const { body, headers } = await gateway.handleRequest({ method: 'GET', path: '/' });
    expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({
      requestId: headers['x-request-id'],
      traceId: expect.stringMatching(/^[\da-f]{32}$/),
    });
  });
});

describe('metrics', () => {
  it('count requests by route, class of status and version, and by nothing that a client writes', async () => {
    const seen: [name: string, value: number, labels: unknown][] = [];
    const keep = (name: string, value: number, labels?: unknown): void => void seen.push([name, value, labels]);
    const metrics = { count: keep, gauge: keep, observe: keep };
    const { gateway } = await recorded({ runtime: { ...defaultRuntime, telemetry: { tracer: undefined, metrics } } });
    for (const path of ['/api', '/api/1', '/api/2', '/x', '/y']) await gateway.handleRequest({ method: 'GET', path });
    const counted = seen.filter(([name]) => name === 'tutti_gateway_requests_total').map(([, , labels]) => JSON.stringify(labels));
    expect(new Set(counted)).toEqual(
      new Set(['{"route":"GET,POST /api","status":"2xx","version":"none"}', '{"route":"none","status":"4xx","version":"none"}']),
    );
    expect(counted).toHaveLength(5);
    expect(seen.filter(([name]) => name === 'tutti_gateway_request_duration_seconds')).toHaveLength(5);
    const inFlight = seen.filter(([name]) => name === 'tutti_gateway_requests_in_flight').map(([, value]) => value);
    expect(Math.max(...inFlight)).toBe(1);
    expect(inFlight.at(-1)).toBe(0);
  });
});

describe('the audit log', () => {
  it('gets every refusal of who asks and of what he may', async () => {
    const audited: AuditRecord[] = [];
    const { gateway } = await recorded({ audit: { record: async (record) => void audited.push(record) } });
    gateway.addRoute({ path: '/private', methods: ['GET'], serviceName: 's' });
    await gateway.handleRequest({ method: 'GET', path: '/api' });
    const { headers } = await gateway.handleRequest({ method: 'GET', path: '/private', clientAddress: '192.0.2.7' });
    expect(audited).toEqual([
      {
        actor: 'anonymous',
        action: 'gateway.authorize',
        target: 'GET /private',
        outcome: 'failed',
        reason: 'GATEWAY_FORBIDDEN',
        details: { requestId: headers['x-request-id'], traceId: expect.any(String), method: 'GET', client: '192.0.2.0/24' },
      },
    ]);
  });

  it('that hangs or fails holds no refusal up, and what it loses is said', async () => {
    let asked = 0;
    const lost: string[] = [];
    const logger = { enabled: () => true, log: (_level: string, message: string) => void lost.push(message) };
    const { gateway } = stage({
      runtime: { ...defaultRuntime, logger },
      accessLog: { sink: () => {} },
      audit: { record: () => (asked++ === 0 ? Promise.reject(new Error('full')) : new Promise(() => {})) },
    });
    gateway.addRoute({ path: '/private', methods: ['GET'], serviceName: 's' });
    const refuse = () => gateway.handleRequest({ method: 'GET', path: '/private' });
    for (let count = 0; count < maxPendingAudits + 3; count++) expect((await refuse()).status).toBe(403);
    expect(asked).toBe(maxPendingAudits + 1);
    expect(lost.filter((message) => message.includes('audit log'))).toHaveLength(3);
  });
});

it('writes nothing where nobody reads it, and the answer is the same', async () => {
  const port = await httpServer((_request, response) => response.end('ok'));
  const { gateway, upstreams, logged } = stage();
  upstreams.add('s', port);
  gateway.addRoute(route);
  expect((await gateway.handleRequest({ method: 'GET', path: '/api' })).status).toBe(200);
  expect(logged).toEqual([]);
});
