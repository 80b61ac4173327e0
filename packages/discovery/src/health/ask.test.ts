import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { Call } from '@tutti/core';
import { afterEach, describe, expect, it } from 'vitest';
import { askHttp } from './ask-http.ts';
import { askTcp } from './ask-tcp.ts';

const servers: (Server & { closeAllConnections?(): void })[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}
const http = async (answer: RequestListener): Promise<string> => `http://127.0.0.1:${await listening(createServer(answer))}/health`;
const answers = (url: string, call: Call = Call.root()): Promise<void> => askHttp(url)(undefined, call);

/** A port at which nobody listens. */
async function deadPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listening(server);
  servers.pop();
  server.close();
  await once(server, 'close');
  return port;
}

describe('asking over http', () => {
  it.each([200, 204, 299])('takes %d for well', async (status) => {
    await expect(answers(await http((_request, response) => response.writeHead(status).end()))).resolves.toBeUndefined();
  });

  it.each([301, 404, 500, 503])('takes %d for a failure, and follows no redirect', async (status) => {
    const url = await http((_request, response) => response.writeHead(status, { location: '/elsewhere' }).end('no'));
    await expect(answers(url)).rejects.toMatchObject({ code: 'DISCOVERY_PROBE_FAILED', message: `${url} answered ${status}` });
  });

  it.each([
    [{ 'x-service-name': 'voice' }, '', undefined],
    [{}, '{"status":"healthy","service":"voice"}', undefined],
    [{ 'x-service-name': 'chart' }, '{"service":"voice"}', "is 'chart', not voice"],
    [{}, '{"service":"chart"}', "is 'chart', not voice"],
    [{}, '{"service":["voice"]}', 'is an array, not voice'],
    [{}, '{"status":"healthy"}', 'does not say that it is voice'],
    [{}, 'well', 'does not say that it is voice'],
    [{}, 'null', 'does not say that it is voice'],
    [{}, `{"service":"voice","rest":"${'x'.repeat(70_000)}"}`, 'does not say that it is voice'],
  ])('takes nobody else for the service: %j %s', async (headers, body, problem) => {
    const url = await http((_request, response) => {
      response.on('error', () => {});
      response.writeHead(200, headers).end(body);
    });
    await expect(answers(url)).resolves.toBeUndefined(); // control: whoever answers is right where no name is asked for
    const asked = askHttp(url, 'voice')(undefined, Call.root());
    if (problem === undefined) await expect(asked).resolves.toBeUndefined();
    else await expect(asked).rejects.toMatchObject({ code: 'DISCOVERY_PROBE_FAILED', message: `${url} ${problem}` });
  });

  it('does not keep its connection', async () => {
    const connections: (string | undefined)[] = [];
    const url = await http(({ headers }, response) => {
      connections.push(headers.connection);
      response.end();
    });
    await answers(url);
    await answers(url);
    expect(connections).toEqual(['close', 'close']);
  });

  it('is content with the status when the answer is long', async () => {
    const url = await http((_request, response) => {
      response.on('error', () => {}); // the reader goes away in the middle
      response.write(Buffer.alloc(100_000));
    });
    await expect(answers(url)).resolves.toBeUndefined();
  });

  it('fails when the answer breaks off', async () => {
    const url = await http((_request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => response.destroy());
    });
    await expect(answers(url)).rejects.toMatchObject({ code: 'DISCOVERY_PROBE_FAILED' });
  });

  it('fails where nobody listens', async () => {
    await expect(answers(`http://127.0.0.1:${await deadPort()}/`)).rejects.toMatchObject({ code: 'DISCOVERY_PROBE_FAILED' });
  });

  it('breaks off when the call is cancelled, with its reason', async () => {
    const call = Call.root();
    const reason = new Error('nobody waits');
    const url = await http(() => call.cancel(reason));
    await expect(answers(url, call)).rejects.toBe(reason);
  });
});

describe('asking over tcp', () => {
  it('is well where a connection is accepted, and fails where none is', async () => {
    const port = await listening(createTcpServer((socket) => socket.on('error', () => {})));
    await expect(askTcp('127.0.0.1', port)(undefined, Call.root())).resolves.toBeUndefined();
    await expect(askTcp('127.0.0.1', await deadPort())(undefined, Call.root())).rejects.toMatchObject({ code: 'DISCOVERY_PROBE_FAILED' });
  });

  it('rejects with the reason of a call that is over', async () => {
    const call = Call.root();
    const reason = new Error('nobody waits');
    call.cancel(reason);
    await expect(askTcp('127.0.0.1', await deadPort())(undefined, call)).rejects.toBe(reason);
  });
});
