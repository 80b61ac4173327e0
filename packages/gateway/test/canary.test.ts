import { defaultRuntime } from '@tutti/core';
import { eventually } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { AccessLogOptions, Authenticator, GatewayOptions } from '../src/index.ts';
import { httpServer, rawClient, rawServer, stage } from './set-up.ts';

const canary = 'Sesame-0pen-7391';
const inBase64 = Buffer.from(`ann:${canary}`).toString('base64');

/** A request line and headers with the canary in every place that may hold a secret. */
const places: readonly [place: string, head: string][] = [
  ['authorization', `GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${canary}\r\n`],
  ['basic credentials', `GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Basic ${inBase64}\r\n`],
  ['two authorizations', `GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${canary}\r\nAuthorization: Bearer ${canary}2\r\n`],
  ['a proxy authorization', `GET / HTTP/1.1\r\nHost: h\r\nProxy-Authorization: Bearer ${canary}\r\n`],
  ['a cookie', `GET / HTTP/1.1\r\nHost: h\r\nCookie: a=1; sid=${canary}\r\n`],
  ['a header that says so', `GET / HTTP/1.1\r\nHost: h\r\nX-Api-Key: ${canary}\r\n`],
  ['a header that was named', `GET / HTTP/1.1\r\nHost: h\r\nX-Household: ${canary}\r\n`],
  ['a header that nobody knows', `GET / HTTP/1.1\r\nHost: h\r\nX-Other: ${canary}\r\n`],
  ['a query', `GET /?access_token=${canary} HTTP/1.1\r\nHost: h\r\n`],
  ['an encoded query', `GET /?acc%65ss_token=${canary} HTTP/1.1\r\nHost: h\r\n`],
  ['a query that was named', `GET /?pet=${canary} HTTP/1.1\r\nHost: h\r\n`],
  ['a query of a bad path', `GET /../?token=${canary} HTTP/1.1\r\nHost: h\r\n`],
  ['a query of no route', `GET /nowhere?token=${canary} HTTP/1.1\r\nHost: h\r\n`],
  ['a query for another method', `POST /?token=${canary} HTTP/1.1\r\nHost: h\r\n`],
  ['a whole URL', `GET http://ann:${canary}@h/?token=${canary} HTTP/1.1\r\nHost: h\r\n`],
  ['the referer', `GET / HTTP/1.1\r\nHost: h\r\nReferer: https://h/?token=${canary}#${canary}\r\n`],
  ['a request id', `GET / HTTP/1.1\r\nHost: h\r\nX-Request-Id: ${canary}\r\n`],
  ['a trace state', `GET / HTTP/1.1\r\nHost: h\r\nTraceparent: 00-${'a'.repeat(32)}-${'b'.repeat(16)}-01\r\nTracestate: a=${canary}\r\n`],
  ['a bad trace', `GET / HTTP/1.1\r\nHost: h\r\nTraceparent: ${canary}\r\nBaggage: a=${canary}\r\n`],
  ['who it claims to be', `GET / HTTP/1.1\r\nHost: h\r\nTutti-Principal: ${canary}\r\nX-User-Id: ${canary}\r\n`],
  ['the host', `GET / HTTP/1.1\r\nHost: ${canary}\r\n`],
  ['an expectation', `GET / HTTP/1.1\r\nHost: h\r\nExpect: ${canary}\r\n`],
  ['a coding', `GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: ${canary}, chunked\r\n`],
  ['a broken head', `GET / HTTP/1.1\r\nHost: h\r\nAuthorization : ${canary}\r\n`],
  ['a broken version', `GET /?token=${canary} HTTP/9.1\r\nHost: h\r\n`],
  ['a large head', `GET / HTTP/1.1\r\nHost: h\r\nAuthorization: ${canary}${'x'.repeat(20_000)}\r\n`],
];

/** What an application's authenticator and libraries below it may do: say in an error what they were given. */
const talkative: Authenticator = {
  name: 'talkative',
  challenge: 'Talk',
  recall: () => undefined,
  authenticate: async (headers) => {
    if (headers.single('x-other') !== undefined) return { principal: 'ann', roles: [] };
    const seen = ['authorization', 'cookie', 'x-api-key', 'x-household'].map((name) => headers.combined(name) ?? '');
    throw new Error(`cannot look up ${seen}`, { cause: new Error(`no row for '${seen}'`) });
  },
};

/** A gateway of which everything that is written down anywhere is kept as one text. */
function observed(options: Partial<GatewayOptions> & { readonly accessLog?: AccessLogOptions } = {}) {
  const written: unknown[] = [];
  const keep = (...parts: unknown[]): void => void written.push(parts);
  const logger = { enabled: () => true, log: keep };
  const metrics = { count: keep, gauge: keep, observe: keep };
  const staged = stage({
    runtime: { ...defaultRuntime, logger, telemetry: { tracer: undefined, metrics } },
    redact: { headers: ['X-Household'], parameters: ['pet'] },
    audit: { record: async (record) => keep(record) },
    ...options,
  });
  const text = (): string =>
    JSON.stringify(written, (_key, value) => (value instanceof Error ? { ...value, at: value.stack, why: value.cause } : value));
  return { ...staged, text };
}

const route = { path: '/', methods: ['GET'], serviceName: 's', authorize: 'authenticated' } as const;
const open = { path: '/', methods: ['GET'], serviceName: 's', public: true } as const;

describe('a secret', () => {
  it.each(places)('in %s is not in the log, the metrics, the audit or the problem', async (_place, head) => {
    for (const rule of [open, route, { ...open, serviceName: 'gone' }]) {
      const server = await rawServer((socket) => socket.destroy());
      const {
        gateway,
        upstreams,
        open: openDoor,
        text,
      } = observed({
        authenticators: [talkative],
        accessLog: { target: 'query', headers: ['user-agent', 'referer'] },
      });
      upstreams.add('s', server.port);
      gateway.addRoute(rule);
      const received = await rawClient((await openDoor()).port)
        .send(`${head}Connection: close\r\n\r\n`)
        .closed();
      await eventually('it is written down', () => text().includes('"requestId"') || received.includes('"code":"GATEWAY_'));
      expect(text()).not.toContain(canary);
      expect(text()).not.toContain(inBase64);
      expect(received).not.toContain(canary);
    }
  });

  it('in an answer, a body or a path is not in the log either', async () => {
    const port = await httpServer((_request, response) =>
      response.writeHead(200, { 'set-cookie': canary, location: `/?token=${canary}` }).end(canary),
    );
    const { gateway, upstreams, open: openDoor, text } = observed({ accessLog: { target: 'route' } });
    upstreams.add('s', port);
    gateway.addRoute({ ...open, methods: ['GET', 'POST'] });
    const { url } = await openDoor();
    await (await fetch(`${url}/reset/${canary}`, { method: 'POST', body: canary })).text();
    await eventually('it is written down', () => text().includes('"requestId"'));
    expect(text()).not.toContain(canary);
  });

  it('would be found here: the canary in what is shown on purpose is in the log', async () => {
    const { gateway, open: openDoor, text } = observed({ accessLog: { target: 'query', headers: ['x-shown'] } });
    gateway.addRoute(open);
    await fetch(`${(await openDoor()).url}/?q=${canary}`, { headers: { 'x-shown': canary } });
    await eventually('it is written down', () => text().includes('"requestId"'));
    expect(text().split(canary)).toHaveLength(3);
  });
});
