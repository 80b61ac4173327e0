import { describe, expect, it } from 'vitest';
import { Asked, ask } from '../../test/http/asked.ts';
import { house, tidiesUp, turns } from '../../test/http/house.ts';
import { type Peer, sized } from '../../test/http/raw-server.ts';
import { eventually, manualClock, testRuntime } from '../testing/index.ts';
import { ConnectionPool } from './connection-pool.ts';
import { Exchange } from './exchange.ts';
import { Http1Connections } from './http1-connections.ts';

tidiesUp();

/** Answers what it is told to, when it is told to. */
function patientServer() {
  const asked: { readonly peer: Peer; readonly path: string; readonly answer: () => void }[] = [];
  const onRequest = (peer: Peer, _head: string, path: string): void =>
    void asked.push({ peer, path, answer: () => peer.say(sized(path, 'keep-alive: timeout=300')) });
  const next = async (path: string) => eventually(`${path} has come`, () => asked.find((each) => each.path === path));
  return { asked, onRequest, next };
}

const echo = (peer: Peer, _head: string, path: string): void => peer.say(sized(path));

describe('connections that are kept', () => {
  it('serve one request at a time, the newest first', async () => {
    const { onRequest, next, asked } = patientServer();
    const { server, connections } = await house(onRequest);
    const [first, second] = [ask(connections, { path: '/1' }), ask(connections, { path: '/2' })];
    const [one, two] = [await next('/1'), await next('/2')];
    expect(one.peer).not.toBe(two.peer);
    two.answer();
    await second.over;
    one.answer();
    await first.over;
    const third = ask(connections, { path: '/3' });
    expect((await next('/3')).peer).toBe(one.peer);
    const fourth = ask(connections, { path: '/4' });
    expect((await next('/4')).peer).toBe(two.peer);
    for (const each of asked.slice(2)) each.answer();
    expect([(await third.over).body, (await fourth.over).body, server.peers.length]).toEqual(['/3', '/4', 2]);
  });

  it('are at most so many; the others wait in their order', async () => {
    const { onRequest, next, asked } = patientServer();
    const { server, connections } = await house(onRequest, { maxConnections: 2 });
    const all = ['/1', '/2', '/3', '/4', '/5'].map((path) => ask(connections, { path }));
    for (const path of ['/1', '/2', '/3', '/4', '/5']) {
      const { answer } = await next(path);
      expect(asked.length - all.filter(({ ends }) => ends > 0).length).toBeLessThanOrEqual(2);
      answer();
      await all[Number(path[1]) - 1]?.over;
    }
    expect(asked.map(({ path }) => path)).toEqual(['/1', '/2', '/3', '/4', '/5']);
    expect([all.map(({ body }) => body), server.peers.length]).toEqual([['/1', '/2', '/3', '/4', '/5'], 2]);
  });

  it('are told to be busy when a request has to wait', async () => {
    const { connections } = await house(echo, { maxConnections: 1 });
    const handler = { onRequestStart() {}, onResponseStart() {}, onResponseData() {}, onResponseEnd() {}, onResponseError() {} };
    expect([1, 2].map(() => connections.dispatch({ method: 'GET', path: '/' }, handler))).toEqual([true, false]);
  });

  it('are replaced for those that wait when one is closed', async () => {
    const { server, connections } = await house((peer, _head, path) => peer.say(sized(path, 'connection: close')), { maxConnections: 1 });
    const all = await Promise.all(['/1', '/2', '/3'].map((path) => ask(connections, { path }).over));
    expect([all.map(({ body }) => body), server.peers.length]).toEqual([['/1', '/2', '/3'], 3]);
  });

  it('pass from one request that is given up before it starts to the next, however many those are', async () => {
    const { onRequest, next } = patientServer();
    const { server, connections } = await house(onRequest, { maxConnections: 1 });
    const first = ask(connections, { path: '/1' });
    const enough = new Error('enough');
    const given = Array.from({ length: 20_000 }, () => ask(connections, {}, { onRequestStart: (control) => control.abort(enough) }));
    const last = ask(connections, { path: '/2' });
    (await next('/1')).answer();
    await first.over;
    (await next('/2')).answer();
    expect([(await last.over).body, server.peers.length]).toEqual(['/2', 1]);
    expect(given.every(({ told, ends, error }) => told.length === 2 && ends === 1 && error === enough)).toBe(true);
  });
});

describe('a connection that nobody uses', () => {
  const after = async (hint: string[], waitMs: number) => {
    const runtime = testRuntime();
    const { server, connections } = await house((peer, _head, path) => peer.say(sized(path, ...hint)), { runtime });
    await ask(connections).over;
    await runtime.clock.advance(waitMs);
    await ask(connections).over;
    return server.peers.length;
  };

  it.each([
    ['serves again within its idle time', [], 3_999, 1],
    ['does not after it', [], 4_000, 2],
    ['serves again until a second before the server closes it', ['keep-alive: timeout=3, max=9'], 1_999, 1],
    ['does not in its last second', ['keep-alive: timeout=3'], 2_000, 2],
    ['is not kept when the server gives it no more than that second', ['keep-alive: timeout=1'], 0, 2],
    ['is kept no longer than its idle time, whatever the server says', ['keep-alive: timeout=60'], 4_000, 2],
    ['is not kept when the server says so', ['connection: close'], 0, 2],
  ])('%s', async (_, hint, waitMs, peers) => expect(await after(hint, waitMs)).toBe(peers));

  it('is closed without being asked for', async () => {
    const runtime = testRuntime();
    const { server, connections } = await house(echo, { runtime });
    await ask(connections).over;
    await runtime.clock.advance(6_000);
    await eventually('it is closed', () => server.open === 0);
  });

  it('does not grow younger by a request that was never sent', async () => {
    const runtime = testRuntime();
    const { server, connections } = await house(echo, { runtime });
    const giveUp = { onRequestStart: (control: { abort(reason: Error): void }) => control.abort(new Error('enough')) };
    await ask(connections, {}, giveUp).over; // also the first one of all
    await runtime.clock.advance(3_000);
    await ask(connections, {}, giveUp).over;
    await ask(connections).over;
    expect(server.peers.length).toBe(1);
    await runtime.clock.advance(3_000);
    await ask(connections, {}, giveUp).over;
    await runtime.clock.advance(1_500);
    await ask(connections).over;
    expect(server.peers.length).toBe(2);
  });

  it('is closed when it has grown old, give or take a tenth, however much it is used', async () => {
    const runtime = { ...testRuntime(), random: () => 0.5 };
    const { server, connections } = await house(echo, { runtime, maxAge: '10s' });
    for (let second = 0; second < 10; second++) {
      await ask(connections).over;
      await runtime.clock.advance(1_000);
    }
    expect(server.peers.length).toBe(1);
    await ask(connections).over;
    expect(server.peers.length).toBe(2);
  });

  it('is not given to who waits when it has grown old', async () => {
    const runtime = { ...testRuntime(), random: () => 0.5 };
    const { onRequest, next } = patientServer();
    const { server, connections } = await house(onRequest, { runtime, maxAge: '10s', maxConnections: 1 });
    ask(connections, { path: '/1' });
    const second = ask(connections, { path: '/2' });
    const { answer } = await next('/1');
    await runtime.clock.advance(10_000);
    answer();
    (await next('/2')).answer();
    expect([(await second.over).body, server.peers.length]).toEqual(['/2', 2]);
  });

  it('leaves no timer when it is destroyed', async () => {
    const runtime = testRuntime();
    const { connections } = await house(echo, { runtime, idleTimeout: '1h', connectTimeout: '2s' });
    await ask(connections).over;
    await runtime.clock.advance(2_000); // the wheel keeps its timer until then
    expect(runtime.clock.nextDelayMs()).toBe(1_798_000);
    await connections.destroy();
    expect(runtime.clock.nextDelayMs()).toBe(undefined);
  });

  it('is not used once the server has closed it', async () => {
    const { server, connections } = await house(echo);
    await ask(connections).over;
    server.peers[0]?.socket.end();
    await eventually('both have closed it', () => server.open === 0);
    expect((await ask(connections).over).told.at(-1)).toBe('end');
    server.peers[1]?.socket.resetAndDestroy();
    await eventually('it is gone', () => server.open === 0);
    await turns();
    expect((await ask(connections).over).told.at(-1)).toBe('end');
  });

  it.each(['HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil', '\r\n', 'x'])(
    'is not used once it has brought %j, unasked',
    async (bytes) => {
      const { server, connections } = await house(echo);
      await ask(connections).over;
      server.peers[0]?.say(bytes);
      await eventually('it is closed', () => server.peers[0]?.closed);
      expect((await ask(connections, { path: '/2' }).over).body).toBe('/2');
    },
  );
});

describe('a connection that cannot be made', () => {
  it('fails the request that waits longest, and tells of it', async () => {
    const { server } = await house(echo);
    const { port } = server;
    await server.close();
    const failed: unknown[] = [];
    const connections = new Http1Connections({ host: '127.0.0.1', port }, { onConnectFailed: (error) => failed.push(error) });
    const asked = await ask(connections).over;
    expect(asked.told).toEqual(['HTTP_CONNECTION_LOST']);
    expect([asked.error?.message, asked.error?.cause]).toEqual([expect.stringContaining('ECONNREFUSED'), expect.any(Error)]);
    expect(failed).toEqual([asked.error]);
    await connections.destroy();
  });

  it('says why where a name has several addresses', async () => {
    const lookup = (_name: string, _options: unknown, found: (error: null, all: object[]) => void): void =>
      found(
        null,
        [1, 2].map((last) => ({ address: `127.0.0.${last}`, family: 4 })),
      );
    const address = { host: 'shop', port: 1, lookup };
    const limits = { maxConnections: 1, connectMs: 2_000, idleMs: 1_000, maxAgeMs: 1_000 };
    const pool = new ConnectionPool({
      ...limits,
      origin: 'http://shop:1',
      address,
      onConnected: undefined,
      onConnectFailed: undefined,
      runtime: testRuntime(),
    });
    const asked = new Asked();
    pool.take(new Exchange({ method: 'GET', path: '/' }, { text: '', length: 0 }, asked, undefined));
    expect((await asked.over).error?.message).toMatch(/lost: ECONNREFUSED/);
  });

  it('fails one of several that wait; the others are served', async () => {
    const { server } = await house(echo);
    const { port } = server;
    await server.close();
    const told: string[] = [];
    const connections = new Http1Connections(
      { host: '127.0.0.1', port },
      { maxConnections: 1, onConnected: () => void told.push('made'), onConnectFailed: () => void told.push('failed') },
    );
    const comesUp = { onResponseError: () => void server.listen('127.0.0.1', port) };
    const all = ['/1', '/2', '/3'].map((path, index) => ask(connections, { path }, index === 0 ? comesUp : {}));
    await Promise.all(all.map(({ over }) => over));
    expect(all.map(({ told, body }) => body || told[0])).toEqual(['HTTP_CONNECTION_LOST', '/2', '/3']);
    expect(told).toEqual(['failed', 'made']);
    await connections.destroy();
    await server.close();
  });

  it('fails what waits for it when it takes too long', async () => {
    const clock = manualClock(0, { settle: 'microtasks' });
    const { connections } = await house(echo, { connectTimeout: '2s', runtime: { ...testRuntime(), clock } });
    const asked = ask(connections);
    await clock.advance(1_999);
    expect(asked.told).toEqual([]);
    await clock.advance(1);
    const { error } = await asked.over;
    expect(error).toMatchObject({ code: 'HTTP_TIMEOUT', details: { phase: 'connecting', timeoutMs: 2_000 } });
  });
});
