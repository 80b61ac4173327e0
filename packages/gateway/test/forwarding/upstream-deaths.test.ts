import type { Socket } from 'node:net';
import { eventually } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { httpServer, rawClient, rawServer, stage } from '../set-up.ts';

const route = { path: '/', methods: ['GET', 'POST'], serviceName: 's', public: true } as const;
const sized = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n';
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n';

/** What the service has sent when it dies, and what of it the client may have seen by then, so that it is dead in the middle and not before. */
const phases: readonly (readonly [phase: string, bytes: string, seen: string])[] = [
  ['before its head', '', ''],
  ['in its status line', 'HTTP/1.1 20', ''],
  ['in its head', 'HTTP/1.1 200 OK\r\nContent-Le', ''],
  ['after an interim answer', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n', 'Link: </a>'],
  ['after its head', sized, '\r\n\r\n'],
  ['after its head, with chunks to come', chunked, '\r\n\r\n'],
  ['in its body', `${sized}half`, 'half'],
  ['in the size of a chunk', `${chunked}4\r\nhalf\r\n1`, 'half'],
  ['in a chunk', `${chunked}8\r\nhalf`, 'half'],
  ['between chunks', `${chunked}4\r\nhalf\r\n`, 'half'],
  ['in its last chunk', `${chunked}4\r\nhalf\r\n0`, 'half'],
  ['before its trailer', `${chunked}4\r\nhalf\r\n0\r\n`, 'half'],
  ['in its trailer', `${chunked}4\r\nhalf\r\n0\r\nX-Su`, 'half'],
  ['before the end of its trailer', `${chunked}4\r\nhalf\r\n0\r\nX-Sum: 1\r\n`, 'half'],
];
const deaths: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['ends', (socket) => socket.end()],
  ['resets', (socket) => socket.resetAndDestroy()],
];

for (const [manner, die] of deaths) {
  describe(`a service that ${manner} its connection`, () => {
    it.each(phases)('%s is no answer, and the client learns so at once', async (_phase, bytes, seen) => {
      const server = await rawServer((socket) => socket.write(bytes));
      const { gateway, upstreams, open } = stage();
      upstreams.add('s', server.port);
      gateway.addRoute(route);
      const { port } = await open();
      const client = rawClient(port).send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi');
      await eventually('the service has the request', () => server.received[0]?.endsWith('hi'));
      await client.until(seen);
      die(server.sockets[0] as Socket);
      if (bytes.includes('200 OK\r\n') && seen !== '') {
        await eventually('the connection is cut', () => client.isClosed, 1_000);
        expect(client.received).toMatch(/^HTTP\/1\.1 200 /);
        expect(client.received).not.toMatch(/\r\n0\r\n|x-sum: 1/i);
      } else {
        await eventually('it is said', () => client.received.includes('GATEWAY_OUTCOME_UNKNOWN'), 1_000);
        expect(client.received).toMatch(/(?:^|\r\n\r\n)HTTP\/1\.1 502 Bad Gateway\r\n/);
      }
      expect(upstreams.outcomes).toMatchObject([{ kind: 'failure', code: 'GATEWAY_OUTCOME_UNKNOWN' }]);
      upstreams.add('well', await httpServer((_request, response) => response.end('well')));
      gateway.addRoute({ ...route, path: '/well', serviceName: 'well' });
      expect(await gateway.handleRequest({ method: 'GET', path: '/well' })).toMatchObject({ status: 200 });
    });
  });
}
