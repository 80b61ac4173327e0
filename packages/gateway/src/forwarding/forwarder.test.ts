import { eventually } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { headerLines } from '../../test/raw-sockets.ts';
import { httpServer, rawClient, rawServer, stage } from '../../test/set-up.ts';

const everything = { path: '/', methods: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'], serviceName: 's', public: true } as const;
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

describe('a request', () => {
  it('waits, whenever it comes, until it is known where it may go', async () => {
    const server = await rawServer((socket) => socket.write(ok));
    const { gateway, upstreams } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute(everything);
    await gateway.handleRequest({ method: 'GET', path: '/first' });
    const known = Promise.withResolvers<void>();
    upstreams.isReady = () => false;
    upstreams.ready = () => known.promise;
    const leased = upstreams.leased.length;
    const second = gateway.handleRequest({ method: 'GET', path: '/second' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(upstreams.leased).toHaveLength(leased);
    known.resolve();
    expect((await second).status).toBe(200);
  });
});

describe('the head of a request', () => {
  async function relayed(
    lines: readonly string[],
    requestLine = 'GET /a/b?x=1 HTTP/1.1',
  ): Promise<{ requestLine: string; lines: string[] }> {
    const server = await rawServer((socket) => socket.write(ok));
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute(everything);
    const { port } = await open();
    await rawClient(port)
      .send(`${[requestLine, ...lines].join('\r\n')}\r\n\r\n`)
      .until('ok');
    const head = server.received[0] ?? '';
    return { requestLine: head.slice(0, head.indexOf('\r\n')), lines: headerLines(head) };
  }
  const own = (lines: readonly string[]): string[] =>
    lines.filter((line) => !/^(?:traceparent|x-correlation-id|x-request-id|tutti-remaining-ms): /.test(line));

  it('goes on without what belongs to the connection, and with what the gateway vouches for', async () => {
    const { lines, requestLine } = await relayed([
      'Host: api.example',
      'Accept: text/plain',
      'Connection: keep-alive, X-Secret',
      'X-Secret: of this hop',
      'Keep-Alive: timeout=5',
      'Proxy-Authorization: Basic eA==',
      'Proxy-Connection: keep-alive',
      'TE: trailers',
      'Trailer: x',
      'Upgrade: websocket',
      'HTTP2-Settings: AAAA',
    ]);
    expect(requestLine).toBe('GET /a/b?x=1 HTTP/1.1');
    expect(own(lines)).toEqual([
      'accept: text/plain',
      expect.stringMatching(/^host: 127\.0\.0\.1:\d+$/),
      'via: 1.1 tutti',
      'x-forwarded-for: 127.0.0.1',
      'x-forwarded-host: api.example',
      'x-forwarded-proto: http',
    ]);
    expect(lines.filter((line) => line.startsWith('tutti-remaining-ms: '))).toHaveLength(1);
  });

  it('keeps end-to-end headers in their order, spelling and number', async () => {
    const server = await rawServer((socket) => socket.write(ok));
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute(everything);
    await rawClient((await open()).port)
      .send('GET / HTTP/1.1\r\nHost: h\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\nCookie: \xe9\r\n\r\n')
      .until('ok');
    expect(server.received[0]).toContain('X-B: 1\r\nx-a: 2\r\nX-B: 3\r\nCookie: \xe9\r\n');
  });

  it('never carries an identity or an origin that the client claims, in any spelling', async () => {
    const names = [
      'Tutti-Principal',
      'tutti_tenant',
      'X-User-Id',
      'X_USER_ID',
      'x-user',
      'X-Tenant-Id',
      'x_tenant_id',
      'X-Forwarded-For',
      'X_Forwarded_For',
    ];
    const more = [
      'Forwarded',
      'X-Real-IP',
      'X-Forwarded-Host',
      'X-Forwarded-Prefix',
      'X-Original-URL',
      'X-Rewrite-Url',
      'tutti-attempt',
      'X_Correlation_Id',
      'Idempotency_Key',
    ];
    const { lines } = await relayed(['Host: h', 'X-Userland: kept', ...[...names, ...more].map((name) => `${name}: spoofed`)]);
    expect(lines.filter((line) => line.includes('spoofed'))).toEqual([]);
    expect(lines).toContain('x-userland: kept');
  });

  it('carries the trace, the correlation and the idempotency key of the client, and what is left of its deadline', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { lines } = await relayed([
      'Host: h',
      `traceparent: ${traceparent}`,
      'x-correlation-id: c-1',
      'idempotency-key: k-1',
      'tutti-remaining-ms: 5000',
      'Via: 1.0 edge',
    ]);
    expect(lines).toEqual(
      expect.arrayContaining([`traceparent: ${traceparent}`, 'x-correlation-id: c-1', 'idempotency-key: k-1', 'via: 1.0 edge, 1.1 tutti']),
    );
    const remaining = Number(lines.find((line) => line.startsWith('tutti-remaining-ms: '))?.split(' ')[1]);
    expect(remaining).toBeGreaterThan(1_000);
    expect(remaining).toBeLessThan(5_000);
  });

  it('keeps the bytes of path and query, unless the route strips its own', async () => {
    expect((await relayed(['Host: h'], 'GET /a//b/%7Euser/%c3%a9?x=//y&z=%2f%2e HTTP/1.1')).requestLine).toBe(
      'GET /a//b/%7Euser/%c3%a9?x=//y&z=%2f%2e HTTP/1.1',
    );
    const server = await rawServer((socket) => socket.write(ok));
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute({ path: '/api/v1', methods: ['GET'], serviceName: 's', public: true, stripPrefix: true });
    const { port } = await open();
    for (const target of ['/api/%76%31//x%20y?q=/', '/api//v1', '/api/v1?only=query'])
      await rawClient(port).send(`GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`).until('ok');
    expect(server.received.join('').match(/^GET .*$/gm)).toEqual([
      'GET //x%20y?q=/ HTTP/1.1',
      'GET / HTTP/1.1',
      'GET /?only=query HTTP/1.1',
    ]);
  });
});

describe('the framing of a message', () => {
  it.each(['POST', 'DELETE', 'OPTIONS', 'GET'])('of a chunked %s is written anew', async (method) => {
    const server = await rawServer((socket) => socket.write(ok));
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute(everything);
    const client = rawClient((await open()).port).send(`${method} / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const trailers = 'X-Sum: 1\r\nAuthorization: x\r\nX_User-Id: ann\r\nHost: a\r\nx-late: \xe9';
    await client.send(`5;ext=1\r\nhello\r\n0\r\n${trailers}\r\n\r\n`).until('ok');
    await eventually('the body has come', () => server.received[0]?.endsWith('\xe9\r\n\r\n'));
    const [head = '', body] = (server.received[0] ?? '').split(/\r\n\r\n(.*)/s);
    expect(headerLines(head).filter((line) => /^(?:content-length|transfer-encoding)/.test(line))).toEqual(['transfer-encoding: chunked']);
    expect(body).toBe('5\r\nhello\r\n0\r\nX-Sum: 1\r\nx-late: \xe9\r\n\r\n');
  });

  it('of a sized body keeps its size', async () => {
    const server = await rawServer((socket) => socket.write(ok));
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute(everything);
    await rawClient((await open()).port)
      .send('DELETE / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello')
      .until('ok');
    expect(server.received[0]).toMatch(/\r\ncontent-length: 5\r\n\r\nhello$/);
  });

  it.each([
    ['both a length and chunks', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx'],
    ['a list for a coding', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n'],
    ['two codings', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: h\r\nX-A: 1\r\n folded\r\n\r\n'],
    ['a blank before a colon', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two credentials', 'GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n'],
    ['no version', 'GET /\r\n\r\n'],
    ['another protocol', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ])('with %s is refused with a problem, and the service hears nothing', async (_title, bytes) => {
    const server = await rawServer((socket) => socket.write(ok));
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute(everything);
    const answer = await rawClient((await open()).port)
      .send(bytes)
      .until(/\r\n\r\n\{.*\}$/s);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain('application/problem+json');
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({
      status: 400,
      code: 'GATEWAY_BAD_REQUEST',
      traceId: expect.stringMatching(/^[\da-f]{32}$/),
    });
    expect(server.received).toEqual([]);
  });

  it('with too large a head is refused with 431', async () => {
    const { open } = stage({ limits: { maxHeaderBytes: 1_024 } });
    const answer = await rawClient((await open()).port)
      .send(`GET / HTTP/1.1\r\nHost: h\r\nX-A: ${'a'.repeat(2_000)}\r\n\r\n`)
      .closed();
    expect(answer).toMatch(/^HTTP\/1\.1 431 .*"code":"GATEWAY_HEADERS_TOO_LARGE"/s);
  });
});

describe('the head of an answer', () => {
  async function answered(head: string, body = 'ok'): Promise<string> {
    const server = await rawServer((socket) => socket.write(`${head}\r\n\r\n${body}`));
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute(everything);
    return rawClient((await open()).port)
      .send('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
      .until(/\r\n\r\n/);
  }

  it('comes back without what belongs to the connection', async () => {
    const answer = await answered(
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: keep-alive, x-hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nTrailer: x\r\nX-App: yes',
    );
    const lines = headerLines(answer).filter((line) => !/^(?:date|x-request-id): /.test(line));
    expect(lines).toEqual([
      'connection: keep-alive',
      'content-length: 2',
      'keep-alive: timeout=65',
      'set-cookie: a=1',
      'set-cookie: b=2',
      'x-app: yes',
    ]);
  });

  it('of a chunked answer is framed anew', async () => {
    const answer = await answered('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked', '2;x=y\r\nok\r\n0\r\n\r\n');
    expect(headerLines(answer)).toContain('transfer-encoding: chunked');
    expect(answer).toMatch(/\r\n\r\n2\r\nok\r\n/);
  });

  it('keeps an empty body empty, whatever says so', async () => {
    for (const head of [
      'HTTP/1.1 204 No Content',
      'HTTP/1.1 200 OK\r\nContent-Length: 0',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 7',
    ]) {
      expect(await answered(head, '')).toMatch(new RegExp(`^${head.slice(0, 12)}.*\r\n\r\n$`, 's'));
    }
  });
});

describe('who leaves, and who is to blame', () => {
  it('closes the way to the service as soon as the client has gone', async () => {
    const server = await rawServer(() => {});
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute(everything);
    const client = rawClient((await open()).port).send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await eventually('the service has the request', () => server.received.length === 1);
    client.socket.destroy();
    await eventually('the service sees the end', () => server.closed === 1, 1_000);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'cancelled', code: 'CANCELLED' }]);
  });

  it('closes it also in the middle of an upload, which is not held against the service', async () => {
    const server = await rawServer(() => {});
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute(everything);
    const client = rawClient((await open()).port).send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf');
    await eventually('the service has half', () => server.received[0]?.endsWith('half'));
    client.socket.destroy();
    await eventually('the service sees the end', () => server.closed === 1, 1_000);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'cancelled' }]);
  });

  it('cuts an answer that breaks off, so that nobody takes it for whole', async () => {
    for (const head of ['content-length: 100\r\n\r\nhalf', 'transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n']) {
      const server = await rawServer((socket) => socket.write(`HTTP/1.1 200 OK\r\n${head}`, () => setImmediate(() => socket.destroy())));
      const { gateway, upstreams, open } = stage();
      upstreams.add('s', server.port);
      gateway.addRoute(everything);
      const { url } = await open();
      const response = await fetch(url);
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow();
      expect(upstreams.outcomes).toMatchObject([{ kind: 'failure', code: 'GATEWAY_OUTCOME_UNKNOWN' }]);
      expect(await gateway.handleRequest({ method: 'GET', path: '/' })).toMatchObject({ status: 502 });
    }
  });

  it('answers 502 to a request that was sent and not answered, and sends a POST once', async () => {
    const server = await rawServer((socket) => socket.destroy());
    const { gateway, upstreams } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute(everything);
    expect(await gateway.handleRequest({ method: 'POST', path: '/', body: 'pay' })).toMatchObject({ status: 502 });
    expect(server.received).toHaveLength(1);
    expect(await gateway.handleRequest({ method: 'GET', path: '/' })).toMatchObject({ status: 502 });
    expect(server.received).toHaveLength(4);
    expect(upstreams.outcomes.map(({ kind, code }) => `${kind} ${code}`)).toEqual([
      'failure GATEWAY_OUTCOME_UNKNOWN',
      ...Array(3).fill('failure GATEWAY_RESPONSE_LOST'),
    ]);
  });

  it('tries another instance with a body that was not read, and 503 when there is none', async () => {
    const gone = await rawServer(() => {});
    const { port: refusing } = gone;
    await gone.close();
    const port = await httpServer((request, response) => request.pipe(response));
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', refusing).add('s', port).add('none', refusing);
    gateway.addRoute(everything);
    gateway.addRoute({ ...everything, path: '/none', serviceName: 'none' });
    const { url } = await open();
    const body = 'x'.repeat(200_000);
    for (let each = 0; each < 4; each++) expect(await (await fetch(url, { method: 'POST', body })).text()).toBe(body);
    expect(upstreams.outcomes.some(({ code }) => code === 'GATEWAY_CONNECT_FAILED')).toBe(true);
    const refused = await fetch(`${url}/none`, { method: 'POST', body });
    expect(refused.status).toBe(503);
    expect(await refused.text()).not.toMatch(/127\.0\.0\.1|ECONN|i-\d/);
  });

  it('counts a status from 500 as a failure, one from 400 as the fault of the request', async () => {
    const port = await httpServer((request, response) => response.writeHead(Number(request.url?.slice(1))).end());
    const { gateway, upstreams } = stage();
    upstreams.add('s', port);
    gateway.addRoute(everything);
    for (const path of ['/200', '/404', '/503']) await gateway.handleRequest({ method: 'GET', path });
    expect(upstreams.outcomes.map(({ kind, status }) => `${status} ${kind}`)).toEqual(['200 success', '404 rejected', '503 failure']);
  });
});

describe('the time of a route', () => {
  it('ends with 504 when the service is silent, whose fault it is', async () => {
    const server = await rawServer(() => {});
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute({ ...everything, timeout: '60ms' });
    const response = await fetch((await open()).url);
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ code: 'TIMEOUT' });
    expect(upstreams.outcomes).toMatchObject([{ kind: 'failure', code: 'TIMEOUT' }]);
    await eventually('the service sees the end', () => server.closed === 1, 1_000);
  });

  it('ends an upload that stalls, which is not the fault of the service', async () => {
    const server = await rawServer(() => {});
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute({ ...everything, timeout: '80ms' });
    const client = rawClient((await open()).port).send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf');
    expect(await client.until('504')).toContain('"code":"TIMEOUT"');
    expect(upstreams.outcomes).toMatchObject([{ kind: 'cancelled', code: 'TIMEOUT' }]);
  });

  it('is no longer than the client says', async () => {
    const server = await rawServer(() => {});
    const { gateway, upstreams } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute(everything);
    const response = await gateway.handleRequest({ method: 'GET', path: '/', headers: { 'tutti-remaining-ms': '50' } });
    expect(response.status).toBe(504);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'cancelled', code: 'DEADLINE_EXCEEDED' }]);
  });
});
