import { once } from 'node:events';
import { eventually } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { httpServer, rawClient, rawServer, stage } from '../../test/set-up.ts';
import type { Authenticator } from '../authentication/authenticator.ts';

const open = { path: '/', methods: ['GET', 'POST'], serviceName: 's', public: true } as const;
const answer = (body = 'ok'): string => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
const onlyAnn: Authenticator = {
  name: 'test',
  challenge: 'Test',
  recall: () => undefined,
  authenticate: async (headers) => (headers.single('authorization') === 'ann' ? { principal: 'ann', roles: [] } : undefined),
};

describe('a client that waits before it sends its body', () => {
  const head = 'POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n';

  it('is told to go on only when it may and the service is there', async () => {
    const server = await rawServer((socket) => void socket.once('data', () => socket.write(answer())));
    const { gateway, upstreams, open: openDoor } = stage({ authenticators: [onlyAnn] });
    upstreams.add('s', server.port);
    gateway.addRoute({ ...open, public: false, authorize: 'authenticated' });
    const client = rawClient((await openDoor()).port).send(`${head}Authorization: ann\r\n\r\n`);
    await client.until('HTTP/1.1 100 Continue\r\n\r\n');
    await client.send('hello').until(/ok$/);
    expect(server.received[0]).toMatch(/\r\n\r\nhello$/);
    expect(server.received[0]).not.toContain('100-continue');
  });

  it.each([
    ['401', '\r\n'],
    ['413', 'Authorization: ann\r\nX: 1\r\n\r\n'],
    ['503', 'Authorization: ann\r\n\r\n'],
  ])('is told %s instead when that is how it is', async (status, rest) => {
    const { gateway, open: openDoor } = stage({ authenticators: [onlyAnn], limits: { maxBodyBytes: status === '413' ? 4 : 100 } });
    gateway.addRoute({ ...open, public: false, authorize: 'authenticated' });
    const received = await rawClient((await openDoor()).port)
      .send(`${head}${rest}`)
      .closed();
    expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(received).toContain('connection: close');
  });

  it('is refused when it waits for anything else', async () => {
    const { gateway, open: openDoor } = stage();
    gateway.addRoute(open);
    const received = await rawClient((await openDoor()).port)
      .send('GET / HTTP/1.1\r\nHost: h\r\nExpect: a miracle\r\n\r\n')
      .until('}');
    expect(received).toMatch(/^HTTP\/1\.1 417 .*"code":"GATEWAY_EXPECTATION_UNKNOWN"/s);
  });
});

describe('a body', () => {
  it('that is not wanted is not passed on, and costs the connection, not the answer', async () => {
    const server = await rawServer((socket) => socket.write(answer()));
    const { gateway, upstreams, open: openDoor } = stage({ authenticators: [onlyAnn] });
    upstreams.add('s', server.port);
    gateway.addRoute({ ...open, public: false, authorize: 'authenticated' });
    const received = await rawClient((await openDoor()).port)
      .send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nthe beginning')
      .closed();
    expect(received).toMatch(/^HTTP\/1\.1 401 /);
    expect(server.received).toEqual([]);
  });

  it('that is short leaves the connection usable, whether it is wanted or not', async () => {
    const { gateway, open: openDoor } = stage({ authenticators: [onlyAnn] });
    gateway.addRoute({ ...open, public: false, authorize: 'authenticated' });
    const client = rawClient((await openDoor()).port).send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello');
    await client.until('}');
    await client.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n').until(/401.*401/s);
    expect(client.received).not.toContain('connection: close');
  });

  it('that is longer than allowed is refused by its length, and cut off where it says none', async () => {
    const server = await rawServer(() => {});
    const { gateway, upstreams, open: openDoor } = stage({ limits: { maxBodyBytes: 10 } });
    upstreams.add('s', server.port);
    gateway.addRoute(open);
    const { port } = await openDoor();
    const sized = await rawClient(port).send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n').until('}');
    expect(sized).toMatch(/^HTTP\/1\.1 413 .*"code":"GATEWAY_BODY_TOO_LARGE"/s);
    expect(server.received).toEqual([]);
    const chunked = rawClient(port).send('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n');
    await eventually('the service has the first part', () => server.received[0]?.includes('12345678'));
    expect(await chunked.send('8\r\n12345678\r\n').closed()).toMatch(/^HTTP\/1\.1 413 /);
    await eventually('the service sees the end', () => server.closed === 1, 1_000);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'rejected', code: 'GATEWAY_BODY_TOO_LARGE' }]);
  });

  it('that the service does not wait for may be answered early', async () => {
    const server = await rawServer((socket) => socket.end(answer('early')));
    const { gateway, upstreams, open: openDoor } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute(open);
    const received = await rawClient((await openDoor()).port)
      .send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nhello')
      .closed();
    expect(received).toMatch(/^HTTP\/1\.1 200 OK.*early$/s);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'success' }]);
  });
});

describe('a connection', () => {
  it('carries one request after the other, also when they come at once', async () => {
    const port = await httpServer((request, response) => response.end(`[${request.url}]`));
    const { gateway, upstreams, open: openDoor } = stage();
    upstreams.add('s', port);
    gateway.addRoute(open);
    const requests = ['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`).join('');
    const received = await rawClient((await openDoor()).port)
      .send(requests)
      .until('[/3]');
    expect(received.match(/\[.*?\]/g)).toEqual(['[/1]', '[/2]', '[/3]']);
  });

  it('is closed by a request that does not arrive', async () => {
    const { open: openDoor } = stage({ limits: { headersTimeout: '50ms' } });
    const received = await rawClient((await openDoor()).port)
      .send('GET / HTTP/1.1\r\nHost: h\r\n')
      .closed();
    expect(received).toMatch(/^HTTP\/1\.1 408 .*"code":"GATEWAY_REQUEST_TOO_SLOW"/s);
  });

  it('reads what is behind a request when that one has its answer, so that rubbish is refused in its turn', async () => {
    const answers: (() => void)[] = [];
    const server = await rawServer((socket) => void answers.push(() => socket.write(answer())));
    const { gateway, upstreams, open: openDoor } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute(open);
    const client = rawClient((await openDoor()).port).send(
      'GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\nrubbish\r\n\r\n',
    );
    await eventually('the service has the first', () => answers.length === 1);
    expect(server.received.join('')).not.toContain('GET /2');
    answers.shift()?.();
    await eventually('the service has the second', () => answers.length === 1);
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK.*ok$/s);
    answers.shift()?.();
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 OK.*okHTTP\/1\.1 200 OK.*okHTTP\/1\.1 400 .*"code":"GATEWAY_BAD_REQUEST"/s);
  });

  it('of HTTP/1.0 gets an answer that ends with it', async () => {
    const server = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'));
    const { gateway, upstreams, open: openDoor } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute(open);
    const received = await rawClient((await openDoor()).port)
      .send('GET / HTTP/1.0\r\n\r\n')
      .closed();
    expect(received).toMatch(/\r\n\r\nok$/);
    expect(server.received[0]).toContain('via: 1.0 tutti');
  });
});

describe('stopping', () => {
  it('lets an answer under way end, tells the client to go, and refuses new connections', async () => {
    let finish = (): void => {};
    const port = await httpServer((_request, response) => {
      response.write('first ');
      finish = () => response.end('last');
    });
    const { gateway, upstreams, open: openDoor } = stage();
    upstreams.add('s', port);
    gateway.addRoute(open);
    const door = await openDoor();
    const client = rawClient(door.port).send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await client.until('first');
    const stopped = gateway.stop();
    await eventually('new connections are refused', async () => {
      const other = rawClient(door.port);
      return once(other.socket, 'connect').then(
        () => false,
        () => true,
      );
    });
    expect(gateway.state).toBe('stopping');
    finish();
    await stopped;
    expect(await client.closed()).toContain('last');
    expect(upstreams.outcomes).toMatchObject([{ kind: 'success' }]);
  });

  it('goes on for a while in which each connection may be used once more and new ones are taken, and then closes idle ones', async () => {
    const port = await httpServer((_request, response) => response.end('ok'));
    const { gateway, upstreams, open: openDoor } = stage({ limits: { lameDuck: '1s', drainTimeout: '1m' } });
    upstreams.add('s', port);
    gateway.addRoute(open);
    const door = await openDoor();
    const client = rawClient(door.port).send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    const idle = rawClient(door.port).send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await client.until('ok');
    await idle.until('ok');
    const stopped = gateway.stop();
    const received = await client.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n').closed();
    expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(received.match(/connection: close/gi)).toHaveLength(1);
    expect(await rawClient(door.port).send('GET / HTTP/1.1\r\nHost: h\r\n\r\n').closed()).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(idle.isClosed).toBe(false);
    await stopped;
    await idle.closed();
  });

  it('breaks off what does not end in time', async () => {
    const server = await rawServer(() => {});
    const { gateway, upstreams, open: openDoor } = stage({ limits: { drainTimeout: '50ms' } });
    upstreams.add('s', server.port);
    gateway.addRoute(open);
    const client = rawClient((await openDoor()).port).send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    const direct = gateway.handleRequest({ method: 'GET', path: '/' });
    await eventually('the service has both', () => server.received.length === 2);
    await gateway.stop();
    expect(await client.closed()).toBe('');
    expect(await direct).toMatchObject({ status: 503 });
    await eventually('the service sees the end', () => server.closed === 2, 1_000);
  });

  it('of one door leaves the others open', async () => {
    const port = await httpServer((_request, response) => response.end('ok'));
    const { gateway, upstreams, open: openDoor } = stage();
    upstreams.add('s', port);
    gateway.addRoute(open);
    const [first, second] = [await openDoor(), await openDoor()];
    await first.close();
    await expect(fetch(first.url)).rejects.toThrow();
    expect(await (await fetch(second.url)).text()).toBe('ok');
  });

  it('under load resets no connection', async () => {
    const port = await httpServer((_request, response) => response.end('ok'));
    const { gateway, upstreams, open: openDoor } = stage({ limits: { lameDuck: '500ms' } });
    upstreams.add('s', port);
    gateway.addRoute(open);
    const door = await openDoor();
    const clients = Array.from({ length: 10 }, () => rawClient(door.port));
    const failures: unknown[] = [];
    let answers = 0;
    /** Asks again and again on one connection, until it is told to close. */
    const work = clients.map(async (client) => {
      client.socket.on('error', (error) => failures.push(error));
      for (let sent = 1; !/connection: close/i.test(client.received); sent++) {
        client.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
        await eventually('the answer', () => client.received.match(/\r\n\r\nok/g)?.length === sent);
        answers++;
      }
    });
    await eventually('there is load', () => answers > 20);
    await gateway.stop();
    await Promise.all(work);
    expect(failures).toEqual([]);
  });
});
