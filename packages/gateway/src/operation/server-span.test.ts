import { defaultRuntime, type SpanStart, type SpanValue, type Tracer } from '@tutti/core';
import { expect, it } from 'vitest';
import { headerLines } from '../../test/raw-sockets.ts';
import { rawServer, stage } from '../../test/set-up.ts';

interface Seen extends SpanStart {
  readonly name: string;
  readonly set: Record<string, SpanValue>;
  failed?: boolean;
}

const spanTrace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

function recorded(): { readonly tracer: Tracer; readonly spans: Seen[] } {
  const spans: Seen[] = [];
  const start: Tracer['start'] = (name, given) => {
    const seen: Seen = { name, ...given, set: {} };
    spans.push(seen);
    return {
      traceparent: spanTrace,
      set: (key, value) => void Object.assign(seen.set, { [key]: value }),
      run: (work) => work(),
      end: (error) => void Object.assign(seen, { failed: error !== undefined }),
    };
  };
  return { tracer: { start }, spans };
}

it('gives a request by a route a span, under which the service is asked; only what the server is to blame for is a failure', async () => {
  let status = 200;
  const server = await rawServer((socket) => socket.write(`HTTP/1.1 ${status} S\r\ncontent-length: 0\r\n\r\n`));
  const { tracer, spans } = recorded();
  const { gateway, upstreams } = stage({ runtime: { ...defaultRuntime, telemetry: { tracer, metrics: undefined } } });
  upstreams.add('s', server.port);
  gateway.addRoute({ path: '/things', methods: ['GET'], serviceName: 's', public: true });
  gateway.addRoute({ path: '/closed', methods: ['GET'], serviceName: 's' });
  gateway.addRoute({ path: '/nowhere', methods: ['GET'], serviceName: 'none', public: true });

  const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
  await gateway.handleRequest({ method: 'GET', path: '/things/secret?key=1', headers: { traceparent, tracestate: 'x=1' } });
  status = 500;
  await gateway.handleRequest({ method: 'GET', path: '/things' });
  await gateway.handleRequest({ method: 'GET', path: '/closed' });
  await gateway.handleRequest({ method: 'GET', path: '/nowhere' });
  await gateway.handleRequest({ method: 'GET', path: '/no-route' });

  expect(headerLines(server.received[0] ?? '')).toContain(`traceparent: ${spanTrace}`);
  expect(spans.map(({ name, kind, set, failed }) => [name, kind, set['http.response.status_code'], failed])).toEqual([
    ['GET /things', 'server', 200, false],
    ['GET /things', 'server', 500, true],
    ['GET /closed', 'server', 403, false],
    ['GET /nowhere', 'server', 503, true],
  ]);
  expect(spans[0]).toMatchObject({
    traceparent,
    tracestate: 'x=1',
    attributes: { 'http.request.method': 'GET', 'http.route': '/things', 'url.scheme': 'http' },
  });
  expect(JSON.stringify(spans)).not.toContain('secret');
});
