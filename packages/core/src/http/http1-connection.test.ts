import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ask } from '../../test/http/asked.ts';
import { house, standsStill, tidiesUp, turns } from '../../test/http/house.ts';
import { type Peer, sized } from '../../test/http/raw-server.ts';
import type { DispatchController } from '../ports/http-dispatcher.ts';
import { eventually } from '../testing/index.ts';

tidiesUp();

const pause = (control: DispatchController): void => control.pause();
const path = (peer: Peer, _head: string, asked: string): void => peer.say(sized(asked));

describe('a handler that pauses', () => {
  it('is told nothing until it resumes, and makes the server wait', async () => {
    const size = 32 * 1_048_576;
    const { server, connections } = await house((peer) => peer.say(sized('x'.repeat(size))));
    let got = 0;
    const onResponseData = (control: DispatchController, chunk: Buffer): void => {
      got += chunk.length;
      control.pause();
    };
    const asked = ask(connections, {}, { onResponseData });
    await eventually('it has begun', () => got > 0);
    const before = got;
    const peer = server.peers[0] as Peer;
    const waiting = await standsStill(() => peer.socket.writableLength);
    expect([got, waiting > size / 2, asked.controller?.paused]).toEqual([before, true, true]);
    const ticking = setInterval(() => asked.controller?.resume(), 0);
    await asked.over;
    clearInterval(ticking);
    expect([got, asked.told]).toEqual([size, ['start', '200', 'data', 'end']]);
  });

  it.each(['onRequestStart', 'onResponseStart', 'onResponseData'])('in %s hears the rest when it resumes', async (callback) => {
    const { server, connections } = await house(path);
    const asked = ask(connections, { path: '/1' }, { [callback]: pause });
    await eventually('it has come', () => server.peers[0]?.received.includes('/1'));
    await turns();
    expect(asked.ends).toBe(0);
    asked.controller?.resume();
    expect((await asked.over).body).toBe('/1');
    expect((await ask(connections, { path: '/2' }).over).body).toBe('/2');
    expect(server.peers.length).toBe(1);
  });

  it.each([
    ['with a length', sized('all of it')],
    ['in chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nall of it\r\n0\r\n\r\n'],
    ['until the end', 'HTTP/1.1 200 OK\r\n\r\nall of it'],
  ])('gets an answer %s as a whole although the server has closed since', async (_, bytes) => {
    for (const callback of ['onResponseStart', 'onResponseData']) {
      const { server, connections } = await house((peer) => void peer.socket.end(bytes), { maxConnections: 1 });
      const asked = ask(connections, {}, { [callback]: pause });
      const next = ask(connections);
      await eventually('the server has closed', () => asked.status === 200 && server.open === 0);
      await turns();
      expect(asked.ends).toBe(0);
      asked.controller?.resume();
      expect([(await asked.over).body, asked.told.at(-1)]).toEqual(['all of it', 'end']);
      expect([(await next.over).body, server.peers.length]).toEqual(['all of it', 2]);
    }
  });

  it('hears that an answer is cut off, after what there is of it', async () => {
    const { server, connections } = await house((peer) => void peer.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nall'));
    const asked = ask(connections, {}, { onResponseStart: pause });
    await eventually('the server has closed', () => asked.status === 200 && server.open === 0);
    asked.controller?.resume();
    expect([(await asked.over).body, asked.told]).toEqual(['all', ['start', '200', 'data', 'HTTP_CONNECTION_LOST']]);
  });

  it('can give up although the server has closed since', async () => {
    const { server, connections } = await house((peer) => void peer.socket.end(sized('x')));
    const asked = ask(connections, {}, { onResponseStart: pause });
    await eventually('the server has closed', () => asked.status === 200 && server.open === 0);
    asked.controller?.abort(new Error('enough'));
    expect((await asked.over).told).toEqual(['start', '200', 'enough']);
    const other = ask(connections, {}, { onResponseStart: pause });
    await eventually('the server has closed', () => other.status === 200 && server.open === 0);
    await connections.destroy();
    expect(other.told).toEqual(['start', '200', 'HTTP_DESTROYED']);
  });

  it('and gives up before anything was sent leaves a connection that reads', async () => {
    const { connections } = await house(path);
    const onRequestStart = (control: DispatchController): void => {
      control.pause();
      control.abort(new Error('enough'));
    };
    await ask(connections, {}, { onRequestStart }).over;
    expect((await ask(connections, { path: '/2' }).over).body).toBe('/2');
  });

  it('does not make what came unasked meanwhile the answer to the next request', async () => {
    const { server, connections } = await house((peer, _head, asked) => peer.say(sized(asked)), { maxConnections: 1 });
    const asked = ask(connections, { path: '/1' }, { onResponseStart: pause });
    const next = ask(connections, { path: '/2' });
    await eventually('it has begun', () => asked.status === 200);
    server.peers[0]?.say(sized('evil'));
    await turns();
    asked.controller?.resume();
    expect([(await asked.over).body, (await next.over).body]).toEqual(['/1', '/2']);
  });

  it('at its start stays paused although the request before resumes on the same connection', async () => {
    const { connections } = await house(path, { maxConnections: 1 });
    const first = ask(connections, { path: '/1' }, { onResponseStart: pause });
    const second = ask(connections, { path: '/2' }, { onRequestStart: pause });
    await eventually('it has begun', () => first.status === 200);
    first.controller?.resume();
    await eventually('the second one has begun', () => second.controller);
    await turns();
    expect(second.told).toEqual(['start']);
    second.controller?.resume();
    expect((await second.over).body).toBe('/2');
  });
});

describe('a connection that becomes another protocol', () => {
  const switching = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: shout\r\n\r\n';

  it('is the handler’s, with what has come behind the answer', async () => {
    const { server, connections } = await house((peer) => {
      peer.say(`${switching}hello`);
      peer.socket.on('data', (chunk) => peer.say(chunk.toString().toUpperCase()));
    });
    let socket: Duplex | undefined;
    const upgrade = { upgrade: 'shout' };
    const asked = ask(connections, upgrade, {
      onRequestUpgrade: (_control, _status, headers, switched) => {
        expect(headers['upgrade']).toBe('shout');
        socket = switched;
      },
    });
    expect((await asked.over).told).toEqual(['start', 'upgrade']);
    await turns(); // what comes before somebody listens is not lost
    let heard = '';
    socket?.on('data', (chunk) => {
      heard += chunk;
    });
    socket?.write('loud');
    await eventually('it has been heard', () => heard === 'helloLOUD');
    await connections.destroy(); // has no say in it any more
    socket?.write('er');
    await eventually('it has been heard', () => heard === 'helloLOUDER');
    asked.controller?.abort(new Error('late'));
    asked.controller?.pause();
    socket?.end();
    await eventually('it is closed', () => server.open === 0);
    expect(asked.ends).toBe(1);
  });

  it('makes room for another one', async () => {
    const { server, connections } = await house((peer, head, asked) => peer.say(/upgrade/i.test(head) ? switching : sized(asked)), {
      maxConnections: 1,
    });
    const sockets: Duplex[] = [];
    const onRequestUpgrade = (...parts: [unknown, unknown, unknown, Duplex]): void => void sockets.push(parts[3]);
    const first = ask(connections, { upgrade: 'shout' }, { onRequestUpgrade });
    expect((await ask(connections, { path: '/2' }).over).body).toBe('/2');
    expect([first.told, server.open]).toEqual([['start', 'upgrade'], 2]);
    const closed = once(sockets[0] as Duplex, 'close');
    sockets[0]?.destroy();
    await closed;
  });

  it('stays what it is when the server refuses', async () => {
    const { server, connections } = await house(path);
    const asked = await ask(connections, { path: '/1', upgrade: 'shout' }, { onRequestUpgrade: () => {} }).over;
    await ask(connections).over;
    expect([asked.body, asked.told.at(-1), server.peers.length]).toEqual(['/1', 'end', 1]);
  });

  it('without being asked is broken', async () => {
    const { server, connections } = await house((peer) => peer.say(switching));
    const asked = await ask(connections, {}, { onRequestUpgrade: () => {} }).over;
    expect(asked.told).toEqual(['start', 'HTTP_MALFORMED_RESPONSE']);
    await eventually('it is closed', () => server.peers[0]?.closed);
  });

  it('is closed when its handler throws', async () => {
    const { server, connections } = await house((peer) => peer.say(switching));
    const onRequestUpgrade = (): never => {
      throw new Error('a mistake');
    };
    expect((await ask(connections, { upgrade: 'shout' }, { onRequestUpgrade }).over).told).toEqual(['start', 'upgrade']);
    await eventually('it is closed', () => server.peers[0]?.closed);
  });
});
