import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Asked, ask } from '../../test/http/asked.ts';
import { house, openSockets, tidiesUp, turns } from '../../test/http/house.ts';
import { type Peer, sized } from '../../test/http/raw-server.ts';
import type { DispatchHandler } from '../ports/http-dispatcher.ts';
import { eventually } from '../testing/index.ts';

tidiesUp();

const echo = (peer: Peer, _head: string, path: string): void => peer.say(sized(path));
const whole = ['start', '200', 'data', 'end'];

describe('an answer', () => {
  const answered = async (bytes: string, method = 'GET') => {
    const { server, connections } = await house((peer, _head, path) => peer.say(path === '/next' ? sized('next') : bytes));
    const asked = await ask(connections, { method }).over;
    expect((await ask(connections, { path: '/next' }).over).body).toBe('next');
    return { asked, kept: server.peers.length === 1 };
  };

  it.each([
    ['to HEAD has no body, whatever length it has', 'HEAD', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n', '', true],
    ['to HEAD has no chunks either', 'HEAD', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '', true],
    ['of 204 has none', 'GET', 'HTTP/1.1 204 No Content\r\n\r\n', '', true],
    ['of 304 has none', 'GET', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n', '', true],
    ['of no length has none', 'GET', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', '', true],
    [
      'in chunks ends with the last of them',
      'GET',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n',
      'ab',
      true,
    ],
    ['with more behind it is whole, and its connection is not used again', 'GET', `${sized('ab')}${sized('cd')}`, 'ab', false],
    ['of HEAD with a body has none, and its connection is not used again', 'HEAD', sized('ab'), '', false],
    ['of HTTP/1.0 ends its connection', 'GET', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nab', 'ab', false],
  ])('%s', async (_, method, bytes, body, isKept) => {
    const { asked, kept } = await answered(bytes, method);
    expect([asked.told.at(-1), asked.body, kept]).toEqual(['end', body, isKept]);
  });

  it('may be announced', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n';
    const { asked, kept } = await answered(`HTTP/1.1 100 Continue\r\n\r\n${early}${early}${sized('x')}`);
    expect([asked.told, asked.body, kept]).toEqual([['start', '100', '103', '200', 'data', 'end'], 'x', true]);
  });

  it('without a length ends with its connection, if that ends well', async () => {
    const { connections } = await house((peer, _head, path) => {
      peer.say('HTTP/1.1 200 OK', '', 'all of');
      if (path === '/well') peer.socket.end(' it');
      else setImmediate(() => peer.socket.resetAndDestroy());
    });
    const well = await ask(connections, { path: '/well' }).over;
    expect([well.body, well.told]).toEqual(['all of it', whole]);
    expect((await ask(connections, { path: '/broken' }).over).told.at(-1)).toBe('HTTP_CONNECTION_LOST');
  });

  it.each([
    ['', 'HTTP_CONNECTION_LOST'],
    ['HTTP/1.1 200 O', 'HTTP_CONNECTION_LOST'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab', 'HTTP_CONNECTION_LOST'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n', 'HTTP_CONNECTION_LOST'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nab', 'HTTP_MALFORMED_RESPONSE'],
    ['SSH-2.0-OpenSSH\r\n\r\n', 'HTTP_MALFORMED_RESPONSE'],
  ])('that ends at %j is none', async (bytes, code) => {
    const { server, connections } = await house((peer) => void peer.socket.end(bytes));
    expect((await ask(connections).over).told.at(-1)).toBe(code);
    expect((await ask(connections).over).told.at(-1)).toBe(code);
    expect(server.peers.length).toBe(2);
  });
});

describe('a request that is given up', () => {
  const enough = new Error('enough');
  const giveUp = (control: { abort(reason: Error): void }): void => control.abort(enough);

  it.each<[string, string[], Partial<DispatchHandler>]>([
    ['when it starts', ['start', 'enough'], { onRequestStart: giveUp }],
    ['at the head of its answer', ['start', '200', 'enough'], { onResponseStart: giveUp }],
    ['in the body of its answer', ['start', '200', 'data', 'enough'], { onResponseData: giveUp }],
    ['after its answer', whole, { onResponseEnd: giveUp }],
    ['after it has failed', ['start', 'enough'], { onRequestStart: giveUp, onResponseError: giveUp }],
  ])('%s hears of that once, and of nothing else', async (_, told, also) => {
    const { connections } = await house(echo);
    const asked = await ask(connections, {}, also).over;
    expect((await ask(connections, { path: '/next' }).over).body).toBe('/next');
    asked.controller?.abort(new Error('again'));
    expect([asked.told, asked.controller?.aborted, asked.controller?.reason]).toEqual([told, true, enough]);
  });

  it.each(['', 'HTTP/1.1 200', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\na'])('is broken off after %j', async (bytes) => {
    const { server, connections } = await house((peer, _head, path) => (path === '/' ? peer.say(bytes) : echo(peer, '', path)));
    const asked = ask(connections);
    await eventually('it has come', () => server.peers[0]?.received.includes('\r\n\r\n'));
    await turns();
    asked.controller?.abort(enough);
    asked.controller?.abort(new Error('again'));
    expect([asked.told.at(-1), asked.ends]).toEqual(['enough', 1]);
    await eventually('the server hears of it', () => server.peers[0]?.closed);
    expect((await ask(connections, { path: '/next' }).over).body).toBe('/next');
  });

  it('is broken off in the middle of its body', async () => {
    const { server, connections } = await house(() => {});
    const body = new PassThrough();
    body.write('x');
    const asked = ask(connections, { method: 'POST', body });
    await eventually('it has come', () => server.peers[0]?.received.includes('1\r\nx\r\n'));
    asked.controller?.abort(enough);
    await eventually('the server hears of it', () => server.peers[0]?.closed);
    expect([asked.told, body.destroyed]).toEqual([['start', 'enough'], true]);
  });
});

describe('connections that are destroyed', () => {
  it('tell each handler once, whatever its request was doing, and leave nothing', async () => {
    const { server, connections } = await house(
      (peer, _head, path) => {
        if (path === '/head') peer.say('HTTP/1.1 200 OK', 'content-length: 3', '', 'a');
        if (path === '/done') peer.say(sized('done'));
      },
      { maxConnections: 4 },
    );
    const done = await ask(connections, { path: '/done' }).over;
    const inHead = ask(connections, { path: '/head' });
    const sent = ask(connections);
    const body = new PassThrough();
    const sending = ask(connections, { method: 'POST', body });
    await eventually('they are there', () => inHead.status === 200 && server.peers.length === 3 && sending.told.length === 1);
    const connecting = ask(connections);
    const late: Asked[] = [];
    const waiting = ask(connections, {}, { onResponseError: () => void late.push(ask(connections)) });
    const gone = connections.destroy();
    expect(connections.destroy()).toBe(gone);
    await gone;
    expect([done.told, inHead.told]).toEqual([whole, ['start', '200', 'data', 'HTTP_DESTROYED']]);
    expect([sent, sending].map(({ told }) => told)).toEqual(Array(2).fill(['start', 'HTTP_DESTROYED']));
    expect([connecting, waiting, ...late].map(({ told }) => told)).toEqual(Array(3).fill(['HTTP_DESTROYED']));
    expect(body.destroyed).toBe(true);
    await eventually('the server hears of it', () => server.open === 0);
    expect(openSockets()).toBe(0);
    expect(ask(connections).told).toEqual(['HTTP_DESTROYED']);
  });

  it.each<keyof DispatchHandler>(['onRequestStart', 'onResponseStart', 'onResponseData', 'onResponseEnd'])(
    'in %s, too',
    async (callback) => {
      const { connections } = await house(echo);
      const destroy = (): void => void connections.destroy();
      const asked = await ask(connections, {}, { [callback]: destroy }).over;
      expect([asked.told.at(-1), asked.ends]).toEqual([callback === 'onResponseEnd' ? 'end' : 'HTTP_DESTROYED', 1]);
    },
  );

  it('in the failure of another request, too', async () => {
    const { connections } = await house((peer) => peer.socket.destroy(), { maxConnections: 1 });
    const failing = ask(connections, {}, { onResponseError: () => void connections.destroy() });
    const waiting = ask(connections);
    expect([(await failing.over).told.at(-1), (await waiting.over).told]).toEqual(['HTTP_CONNECTION_LOST', ['HTTP_DESTROYED']]);
  });
});

describe('a handler that throws', () => {
  const throws = (): never => {
    throw new Error('a mistake');
  };

  it.each<[keyof DispatchHandler, string[]]>([
    ['onRequestStart', ['start', 'a mistake']],
    ['onResponseStart', ['start', '200', 'a mistake']],
    ['onResponseData', ['start', '200', 'data', 'a mistake']],
    ['onResponseEnd', whole],
  ])('in %s ends its own request, and no other one', async (callback, told) => {
    const { connections } = await house(echo, { maxConnections: 1 });
    const throwing = [1, 2, 3].map(() => ask(connections, {}, { [callback]: throws }));
    const other = ask(connections, { path: '/other' });
    expect((await other.over).body).toBe('/other');
    const kept = ask(connections, {}, { [callback]: throws }); // on a connection that is there
    expect((await ask(connections, { path: '/next' }).over).body).toBe('/next');
    expect([...throwing, kept].map((each) => each.told)).toEqual(Array(4).fill(told));
  });

  it.each(['a server that breaks', 'a request that cannot be sent', 'a body that breaks', 'the end of all', 'a refused connection'])(
    'when it hears of %s harms nobody else',
    async (what) => {
      const { server, connections } = await house((peer, _head, path) => (path === '/next' ? echo(peer, '', path) : peer.socket.destroy()));
      if (what === 'a refused connection') await server.close();
      const body = new PassThrough();
      if (what === 'a body that breaks') queueMicrotask(() => body.destroy(new Error('broken')));
      const request =
        what === 'a request that cannot be sent' ? { path: '' } : what === 'a body that breaks' ? { method: 'POST', body } : {};
      const all = [1, 2].map(() => ask(connections, request, { onResponseError: throws }));
      if (what === 'the end of all') await connections.destroy();
      await Promise.all(all.map(({ over }) => over));
      expect(all.map(({ ends }) => ends)).toEqual([1, 1]);
      if (what === 'the end of all' || what === 'a refused connection') return;
      expect((await ask(connections, { path: '/next' }).over).body).toBe('/next');
    },
  );
});
