import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { headerLines, type RawServer } from '../raw-sockets.ts';
import { rawClient, rawServer, stage } from '../set-up.ts';

const route = { path: '/', methods: ['GET', 'POST', 'PUT'], serviceName: 's', public: true } as const;
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
type Answering = ConstructorParameters<typeof RawServer>[0];

async function set(onRequest: Answering, options: Parameters<typeof stage>[0] = {}) {
  const server = await rawServer(onRequest);
  const { gateway, upstreams, open } = stage(options);
  upstreams.add('s', server.port);
  gateway.addRoute(route);
  const { port } = await open();
  return { server, gateway, upstreams, port };
}

describe('a client that waits to be asked for its body', () => {
  const waiting = (path: string, length = 5): string =>
    `POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`;

  it('is asked when the service is there, and the service is not', async () => {
    const { server, port } = await set((socket) => void socket.once('data', () => socket.write(ok)));
    const client = rawClient(port).send(waiting('/'));
    expect(await client.until('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    expect(await client.send('hello').until('ok')).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(server.received[0]).not.toMatch(/expect/i);
    expect(server.received[0]).toMatch(/\r\n\r\nhello$/);
  });

  it('is not asked for a body that is too large, and the service hears nothing', async () => {
    const { server, port } = await set(() => {}, { limits: { maxBodyBytes: 4 } });
    expect(await rawClient(port).send(waiting('/')).closed()).toMatch(/^HTTP\/1\.1 413 /);
    expect(server.received).toEqual([]);
  });

  it('is not asked when no instance can be reached', async () => {
    const { server, upstreams, gateway, port } = await set(() => {});
    upstreams.add('none', server.port);
    gateway.addRoute({ ...route, path: '/none', serviceName: 'none' });
    await server.close();
    expect(await rawClient(port).send(waiting('/none')).closed()).toMatch(/^HTTP\/1\.1 503 /);
  });
});

describe('a final answer while the body is still being sent', () => {
  it('reaches the client at once, and the service is not sent the rest', async () => {
    const { server, upstreams, port } = await set((socket) =>
      socket.write('HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\nbig'),
    );
    const client = rawClient(port).send(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1_000)}`);
    expect(await client.until('big')).toMatch(/^HTTP\/1\.1 413 /);
    await eventually('the service sees the end', () => server.closed === 1);
    expect(server.received[0]?.length).toBeLessThan(2_000);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'rejected', status: 413 }]);
  });

  it('may begin before the body has ended, and both go on', async () => {
    const { server, port } = await set((socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n'));
    const client = rawClient(port).send('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n');
    await client.until('one');
    client.send('1\r\nb\r\n0\r\n\r\n');
    await eventually('the rest of the body', () => server.received[0]?.endsWith('1\r\nb\r\n0\r\n\r\n'));
    server.sockets[0]?.write('3\r\ntwo\r\n0\r\n\r\n');
    expect(await client.until('two\r\n0\r\n\r\n')).toContain('3\r\none\r\n');
  });
});

describe('a last answer while the client still sends', () => {
  const big = 'HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\nbig';

  it('is followed by the end of our side, and no reset meets what still comes', async () => {
    const { port } = await set((socket) => socket.write(big));
    const client = rawClient(port);
    client.socket.allowHalfOpen = true;
    const errors: Error[] = [];
    client.socket.on('error', (error) => errors.push(error));
    client.send(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1_000)}`);
    await once(client.socket, 'end');
    for (let each = 0; each < 20; each++) {
      client.send('x'.repeat(10_000));
      await pause(5);
    }
    expect(client.received).toMatch(/^HTTP\/1\.1 413 .*big$/s);
    expect(errors).toEqual([]);
    client.socket.end();
    await client.closed();
  });

  it('is the last one: a request that follows reaches nobody', async () => {
    const { server, port } = await set((socket) => socket.write(big));
    const client = rawClient(port);
    client.socket.allowHalfOpen = true;
    client.send(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(1_000)}`);
    await once(client.socket, 'end');
    client.send(`${'x'.repeat(99_000)}GET /second HTTP/1.1\r\nHost: h\r\n\r\n`);
    await eventually('it is closed', () => client.send('x').isClosed);
    expect(server.received.join('')).not.toContain('/second');
  });

  it('does not wait for ever', async () => {
    const { port } = await set((socket) => socket.write(big));
    const client = rawClient(port);
    client.socket.allowHalfOpen = true;
    client.send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nx');
    await once(client.socket, 'end');
    await eventually('it is closed', () => client.send('x').isClosed);
  });
});

describe('an OPTIONS request that may not go through many hands', () => {
  it.each([
    ['0', undefined],
    ['1', 'max-forwards: 0'],
    ['20', 'max-forwards: 19'],
    ['many', 'max-forwards: many'],
  ])('goes on as %s says', async (left, line) => {
    const { server, gateway, port } = await set((socket) => socket.write(ok));
    gateway.addRoute({ ...route, path: '/options', methods: ['OPTIONS'] });
    const answer = await rawClient(port)
      .send(`OPTIONS /options HTTP/1.1\r\nHost: h\r\nMax-Forwards: ${left}\r\n\r\n`)
      .until(/\r\n\r\n/);
    expect(answer).toMatch(line === undefined ? /^HTTP\/1\.1 204 / : /^HTTP\/1\.1 200 /);
    expect(headerLines(server.received[0] ?? '').find((each) => each.startsWith('max-forwards'))).toBe(line);
  });
});

describe('a body that is not as it says', () => {
  it('is not passed on as a whole one when it is shorter', async () => {
    const { server, upstreams, port } = await set(() => {});
    rawClient(port).send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nshort').socket.end();
    await eventually('the service sees the end', () => server.closed === 1);
    expect(server.received[0]).toMatch(/content-length: 10\r\n\r\nshort$/);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'cancelled' }]);
  });

  it('is passed on as far as it says when it is longer; the rest is a request that is none', async () => {
    const { server, port } = await set((socket) => socket.write(ok));
    const client = rawClient(port).send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGARBAGE\r\n\r\n');
    await client.closed();
    expect(server.received.join('')).not.toContain('GARBAGE');
    expect(client.received.match(/HTTP\/1\.1 2/g) ?? []).toHaveLength(client.received.includes('ok') ? 1 : 0);
  });

  it('is cut when its chunks cannot be read, so that the service does not take it for whole', async () => {
    const { server, upstreams, port } = await set(() => {});
    const client = rawClient(port).send('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n');
    await eventually('the service has the first chunk', () => server.received[0]?.includes('ok'));
    await client.send('zz\r\n').closed();
    await eventually('the service sees the end', () => server.closed === 1);
    expect(server.received[0]).not.toMatch(/\r\n0\r\n\r\n$/);
    expect(upstreams.outcomes[0]?.kind).not.toBe('failure');
  });
});

describe('a body that is small', () => {
  const put = (body: string): string => `PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

  async function lossy(request: string, options?: Parameters<typeof stage>[0]) {
    let turn = 0;
    const set_ = await set((socket) => void (turn++ === 0 ? socket.destroy() : socket.write(ok)), options);
    const answer = await rawClient(set_.port)
      .send(request)
      .until(/\r\n\r\n/);
    return { ...set_, answer };
  }

  it('is sent again as a whole when the answer was lost and that does no harm', async () => {
    const { answer, server } = await lossy(put('hello'));
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(server.received).toHaveLength(2);
    for (const received of server.received) expect(received).toMatch(/content-length: 5\r\n\r\nhello$/);
  });

  it('is sent again also when it came in chunks', async () => {
    const { answer, server } = await lossy(
      'PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(server.received[1]).toMatch(/(?:content-length: 5\r\n\r\nhello|\r\n0\r\n\r\n)$/); // framed anew: all of it is there by now
    expect(server.received[1]?.replace(/\r\n[\da-f]+\r\n/g, '')).toContain('hello');
  });

  it('is sent again for a POST that has a key, and not for one that has none', async () => {
    const post = put('hello').replace('PUT', 'POST');
    expect((await lossy(post)).answer).toMatch(/^HTTP\/1\.1 502 /);
    const { answer, server } = await lossy(post.replace('Host: h', 'Host: h\r\nIdempotency-Key: k-1'));
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(server.received).toHaveLength(2);
  });

  it('is sent once when it is larger than what is kept', async () => {
    const { answer, server } = await lossy(put('x'.repeat(11)), { limits: { maxReplayBytes: 10 } });
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(server.received).toHaveLength(1);
  });

  it('is sent once, and to its end, when only its length shows that it is larger', async () => {
    const { answer, server } = await lossy('PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nxxxxxxxxxxx\r\n0\r\n\r\n', {
      limits: { maxReplayBytes: 10 },
    });
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(server.received).toHaveLength(1);
  });
});
