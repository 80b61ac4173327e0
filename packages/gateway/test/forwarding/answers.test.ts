import { eventually } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { headerLines } from '../raw-sockets.ts';
import { rawClient, rawServer, stage } from '../set-up.ts';

const route = { path: '/', methods: ['GET', 'POST', 'PUT'], serviceName: 's', public: true } as const;

/** What a client gets on its connection when the service answers with these bytes. */
async function answered(bytes: string, request = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n', until: RegExp = /\r\n\r\n/) {
  const server = await rawServer((socket) => socket.write(bytes, 'latin1'));
  const { gateway, upstreams, open } = stage();
  upstreams.add('s', server.port);
  gateway.addRoute(route);
  const client = rawClient((await open()).port).send(request);
  return { answer: await client.until(until), client, server, upstreams };
}

describe('fields after the body', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n';

  it('come after it, and are announced', async () => {
    const { answer } = await answered(
      `${chunked}Trailer: X-Sum, Content-Length, x-time\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nx-time: 2\r\nx-late: \xe9\r\n\r\n`,
      undefined,
      /\r\n\r\n.*\r\n\r\n$/s,
    );
    expect(headerLines(answer)).toContain('trailer: x-sum, x-time');
    expect(answer).toMatch(/\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nx-time: 2\r\nx-late: \xe9\r\n\r\n$/);
  });

  it('never say what must be known before the body is read', async () => {
    const forbidden = ['Set-Cookie: a=1', 'Host: evil', 'Authorization: x', 'Content-Type: text/html'];
    const { answer } = await answered(
      `${chunked}\r\n2\r\nok\r\n0\r\n${forbidden.join('\r\n')}\r\nX-Kept: 1\r\n\r\n`,
      undefined,
      /\r\n\r\n.*\r\n\r\n$/s,
    );
    expect(answer).toMatch(/\r\n\r\n2\r\nok\r\n0\r\nX-Kept: 1\r\n\r\n$/);
    expect(headerLines(answer).filter((line) => /^(?:content-length|set-cookie|host|authorization|content-type)/.test(line))).toEqual([]);
  });

  it('are not announced where nothing can follow', async () => {
    for (const request of ['HEAD / HTTP/1.1\r\nHost: h\r\n\r\n', 'GET / HTTP/1.0\r\nHost: h\r\n\r\n']) {
      const body = request.startsWith('HEAD') ? '' : '0\r\nX-Sum: 1\r\n\r\n';
      const { answer } = await answered(`${chunked}Trailer: X-Sum\r\n\r\n${body}`, request);
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer).not.toMatch(/trailer/i);
    }
  });

  it('are given to who asks from inside the process', async () => {
    const server = await rawServer((socket) => socket.write(`${chunked}\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n`));
    const { gateway, upstreams } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute(route);
    expect(await gateway.handleRequest({ method: 'GET', path: '/' })).toMatchObject({ status: 200, trailers: { 'x-sum': '1' } });
  });
});

describe('interim answers', () => {
  const final = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

  it('are passed on, without what belongs to the connection', async () => {
    const early =
      'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nLink: </b.css>\r\nConnection: X-Hop\r\nX-Hop: 1\r\nContent-Length: 4\r\n\r\n';
    const { answer } = await answered(`${early}${final}`, undefined, /ok$/);
    expect(answer).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>(?:\r\nLink:|,) <\/b\.css>\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });

  it('come before the final one is there', async () => {
    const { client, server } = await answered('HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n');
    expect(client.received).toMatch(/^HTTP\/1\.1 103 .*\r\n\r\n$/s);
    server.sockets[0]?.write(final);
    expect(await client.until('ok')).toContain('HTTP/1.1 200 OK');
  });

  it('are nothing for a client that cannot read them', async () => {
    const { answer } = await answered(
      `HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${final}`,
      'GET / HTTP/1.0\r\nHost: h\r\n\r\n',
      /ok$/,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('that switch protocols without being asked are a 502', async () => {
    const { answer, upstreams } = await answered('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(upstreams.outcomes[0]).toMatchObject({ kind: 'failure' });
  });
});

describe('an answer without a body', () => {
  it.each([
    ['204', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: "a"\r\n\r\n'],
  ])('is one, whatever it says: %s', async (status, bytes) => {
    const { answer, client, server } = await answered(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).not.toMatch(/transfer-encoding/i);
    client.send('GET /second HTTP/1.1\r\nHost: h\r\n\r\n');
    await eventually('the next request is one', () => server.received.join('').includes('GET /second '));
    await client.until(new RegExp(`${status}.*${status}`, 's'));
  });

  it('keeps the length that GET would have, when HEAD asked', async () => {
    const { answer } = await answered('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n', 'HEAD / HTTP/1.1\r\nHost: h\r\n\r\n');
    expect(headerLines(answer)).toContain('content-length: 1000');
    expect(answer).toMatch(/\r\n\r\n$/);
  });

  it('does not take bytes that follow for the answer to somebody else', async () => {
    const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison';
    for (const head of [
      'HTTP/1.1 204 No Content\r\nContent-Length: 51\r\n\r\n',
      'HTTP/1.1 304 Not Modified\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    ]) {
      let turn = 0;
      const server = await rawServer((socket) =>
        socket.write(turn++ === 0 ? `${head}${poison}` : 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nright'),
      );
      const { gateway, upstreams, open } = stage();
      upstreams.add('s', server.port);
      gateway.addRoute(route);
      const client = rawClient((await open()).port).send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
      await client.until(/\r\n\r\n/);
      expect(await client.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n').until(/right|poison/)).not.toContain('poison');
    }
  });
});

describe('an answer that is not as it says', () => {
  it.each([
    ['is shorter than it says', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort'],
    ['ends in a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nsh'],
    ['ends before its last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n'],
    ['has a length after its body', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n0\r\nContent-Length: 5\r\n\r\n'],
    ['ends before its last fields', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n0\r\nX-A: 1\r\n'],
  ])('is cut where it %s', async (_title, bytes) => {
    const server = await rawServer((socket) => socket.end(bytes));
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', server.port);
    gateway.addRoute(route);
    const answer = await rawClient((await open()).port)
      .send('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
      .closed();
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).not.toMatch(/\r\n0\r\n/);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'failure', code: 'GATEWAY_OUTCOME_UNKNOWN' }]);
  });

  it.each([
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!'],
    ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok'],
    ['a bare CR in a value', 'HTTP/1.1 200 OK\r\nX-A: a\rSet-Cookie: b=1\r\nContent-Length: 2\r\n\r\nok'],
    ['a NUL in a value', 'HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 2\r\n\r\nok'],
    ['a blank before a colon', 'HTTP/1.1 200 OK\r\nX-A : b\r\nContent-Length: 2\r\n\r\nok'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
  ])('is a 502 where it has %s', async (_title, bytes) => {
    const { answer, upstreams } = await answered(bytes, 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'failure', code: 'GATEWAY_OUTCOME_UNKNOWN' }]);
  });

  it('never gets a line of its own out of a folded one', async () => {
    const { answer } = await answered('HTTP/1.1 200 OK\r\nX-A: a\r\n Set-Cookie: b=1\r\nContent-Length: 2\r\n\r\nok');
    expect(headerLines(answer).filter((line) => line.startsWith('set-cookie'))).toEqual([]);
  });
});
