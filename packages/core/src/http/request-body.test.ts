import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ask } from '../../test/http/asked.ts';
import { house, standsStill, tidiesUp } from '../../test/http/house.ts';
import { sized } from '../../test/http/raw-server.ts';
import { eventually } from '../testing/index.ts';

tidiesUp();

/** Answers once what came ends with this. */
const answersAt = (end: string) =>
  house((peer) => {
    const look = (): void => {
      if (peer.received.endsWith(end)) peer.say(sized('got it'));
    };
    look();
    peer.socket.on('data', look);
  });

const post = { method: 'POST' } as const;
const bodyOf = (received: string | undefined): string | undefined => received?.slice(received.indexOf('\r\n\r\n') + 4);

describe('a body', () => {
  it.each([
    ['text', 'grün €', 'grün €'],
    ['bytes', Buffer.from('grün €'), 'grün €'],
    ['nothing of text', '', ''],
    ['no bytes', new Uint8Array(0), ''],
  ])('of %s is sent with its length', async (_, body, sent) => {
    const { server, connections } = await answersAt(Buffer.from(sent).toString('latin1'));
    await ask(connections, { ...post, body }).over;
    expect(server.peers[0]?.received).toContain(`\r\ncontent-length: ${Buffer.byteLength(sent)}\r\n`);
    expect(bodyOf(server.peers[0]?.received)).toBe(Buffer.from(sent).toString('latin1'));
  });

  it('of a stream is sent in chunks, without the empty ones, which would end it', async () => {
    const { server, connections } = await answersAt('0\r\n\r\n');
    const body = Readable.from([Buffer.from('one'), Buffer.alloc(0), 'zwö', '', Buffer.from('x'.repeat(17))]);
    const asked = await ask(connections, { ...post, body }).over;
    expect(asked.told).toEqual(['start', '200', 'data', 'end']);
    expect(bodyOf(server.peers[0]?.received)).toBe(`3\r\none\r\n4\r\nzwÃ¶\r\n11\r\n${'x'.repeat(17)}\r\n0\r\n\r\n`);
  });

  it('of a stream whose length is known is sent as it is', async () => {
    const { server, connections } = await answersAt('onetwo');
    await ask(connections, { ...post, headers: { 'content-length': '6' }, body: Readable.from(['one', 'two']) }).over;
    expect(bodyOf(server.peers[0]?.received)).toBe('onetwo');
    await ask(connections, { ...post, headers: { 'content-length': '6' }, body: Readable.from(['onetwo']) }).over;
    expect(server.peers.length).toBe(1);
  });

  it('without a length may have fields behind it, which are asked for when it has ended', async () => {
    const { server, connections } = await answersAt('x-sum: 1\r\n\r\n');
    let hasEnded = false;
    const body = Readable.from(['x']).on('end', () => {
      hasEnded = true;
    });
    const trailers = () => (hasEnded ? ['x-sum', '1'] : []);
    expect((await ask(connections, { ...post, body, trailers }).over).told.at(-1)).toBe('end');
    expect(bodyOf(server.peers[0]?.received)).toBe('1\r\nx\r\n0\r\nx-sum: 1\r\n\r\n');
  });

  it.each([[['content-length', '1']], [['host', 'h']], [['transfer-encoding', 'chunked']], [['x', 'a\r\nb: c']], [['x']]])(
    'has no %j behind it',
    async (fields) => {
      const { server, connections } = await answersAt('0\r\n\r\n');
      const asked = await ask(connections, { ...post, body: Readable.from(['x']), trailers: () => fields }).over;
      expect(asked.error).toMatchObject({ code: 'HTTP_UNSENDABLE' });
      expect(server.peers[0]?.received).not.toContain('0\r\n');
    },
  );

  it('is read although somebody has paused it', async () => {
    const { connections } = await answersAt('0\r\n\r\n');
    const body = Readable.from(['x']).pause();
    expect((await ask(connections, { ...post, body }).over).told.at(-1)).toBe('end');
  });

  it('stays as it is when its request was never sent', async () => {
    const { connections } = await answersAt('0\r\n\r\n');
    const body = Readable.from(['x']);
    const abort = ask(connections, { ...post, body }, { onRequestStart: (control) => control.abort(new Error('enough')) });
    expect((await abort.over).told).toEqual(['start', 'enough']);
    expect(body.listenerCount('error')).toBe(0);
    expect((await ask(connections, { ...post, body }).over).told.at(-1)).toBe('end');
  });
});

describe('a body that is not what its head says', () => {
  const broken = async (body: () => Readable, headers: Record<string, string> = {}) => {
    const { server, connections } = await house(() => {});
    const asked = await ask(connections, { ...post, headers, body: body() }).over;
    await eventually('the server hears that it is broken', () => server.peers[0]?.closed);
    return { told: asked.told, message: asked.error?.message, received: bodyOf(server.peers[0]?.received) };
  };

  it('is no more sent beyond its length', async () => {
    const { told, received } = await broken(() => Readable.from(['12', '34', '56']), { 'content-length': '3' });
    expect(told).toEqual(['start', 'HTTP_UNSENDABLE']);
    expect(received).not.toMatch(/[3456]/);
  });

  it('breaks its connection where it is shorter', async () => {
    const { told } = await broken(() => Readable.from(['12']), { 'content-length': '3' });
    expect(told).toEqual(['start', 'HTTP_UNSENDABLE']);
  });

  it.each(['in chunks', 'with a length'])('breaks its connection where it fails, %s', async (how) => {
    const failing = () =>
      Readable.from(
        (async function* () {
          yield '12';
          throw new Error('the disk is gone');
        })(),
      );
    const { told, received } = await broken(failing, how === 'in chunks' ? {} : { 'content-length': '9' });
    expect(told).toEqual(['start', 'the disk is gone']);
    expect(received).not.toContain('0\r\n\r\n');
  });

  it('breaks its connection where it is destroyed', async () => {
    const body = new PassThrough();
    const { connections, server } = await house(() => void body.destroy());
    body.write('x');
    expect((await ask(connections, { ...post, body }).over).told).toEqual(['start', 'HTTP_UNSENDABLE']);
    await eventually('the server hears it', () => server.peers[0]?.closed);
  });

  it('breaks its connection where it gives what is neither text nor bytes', async () => {
    const { told, received } = await broken(() => Readable.from(['x', { length: 3 }]));
    expect(told).toEqual(['start', 'HTTP_UNSENDABLE']);
    expect('1\r\nx\r\n').toContain(received);
  });

  it('fails for what it was destroyed for, or was read to its end, before it was sent', async () => {
    const { server, connections } = await answersAt('\r\n\r\n');
    const read = Readable.from([]);
    await once(read.resume(), 'end');
    const failed = new PassThrough().on('error', () => {});
    failed.destroy(new Error('the disk is gone'));
    await eventually('it is gone', () => failed.closed);
    expect((await ask(connections, { ...post, body: read }).over).told).toEqual(['HTTP_UNSENDABLE']);
    expect((await ask(connections, { ...post, body: failed }).over).told).toEqual(['the disk is gone']);
    await ask(connections).over;
    expect(server.peers.map(({ received }) => received.slice(0, 6))).toEqual(['GET / ']);
  });

  it('may fail while its request waits for a connection', async () => {
    let first: (() => void) | undefined;
    const { connections } = await house(
      (peer) => {
        first ??= () => peer.say(sized('1'));
      },
      { maxConnections: 1 },
    );
    const before = ask(connections);
    const body = new PassThrough();
    const asked = ask(connections, { ...post, body });
    body.destroy(new Error('the disk is gone'));
    await eventually('it is gone', () => body.closed);
    (await eventually('the first one has come', () => first))();
    expect([(await before.over).told.at(-1), (await asked.over).told]).toEqual(['end', ['the disk is gone']]);
  });

  it('may fail after its end: what was sent is answered', async () => {
    const body = new Readable({ autoDestroy: false, read() {} });
    const { connections } = await house((peer) => {
      body.push(null);
      peer.socket.on('data', () => {
        body.emit('error', new Error('late'));
        peer.say(sized('fine'));
      });
    });
    body.push('x');
    expect((await ask(connections, { ...post, body }).over).body).toBe('fine');
  });
});

describe('a server that does not read', () => {
  it.each(['in chunks', 'with a length'])('makes the body wait, and gets all of it once it reads, %s', async (how) => {
    const size = 32 * 1_048_576;
    const chunk = Buffer.alloc(65_536, 'x');
    let given = 0;
    const body = new Readable({
      read() {
        given += chunk.length;
        this.push(chunk);
        if (given === size) this.push(null);
      },
    });
    const { server, connections } = await house((peer) => void peer.socket.pause());
    const asked = ask(connections, { ...post, headers: how === 'in chunks' ? {} : { 'content-length': `${size}` }, body });
    const peer = await eventually('it has begun', () => server.peers[0]);
    await standsStill(() => given);
    expect(given).toBeLessThan(size / 2);
    let got = (bodyOf(peer.received) as string).length;
    peer.socket.removeAllListeners('data').on('data', (part) => {
      got += part.length;
      if (how === 'in chunks' ? part.toString('latin1').endsWith('0\r\n\r\n') : got === size) peer.say(sized('all'));
    });
    peer.socket.resume();
    expect([(await asked.over).told.at(-1), given]).toEqual(['end', size]);
  });
});

describe('an answer that comes before its request was sent', () => {
  it('is told as a whole; the rest of the body is given up and the connection too', async () => {
    const body = new PassThrough();
    const { server, connections } = await house((peer) => peer.say(sized('too large')));
    body.write('x');
    const asked = await ask(connections, { ...post, body }).over;
    expect([asked.body, asked.told, body.destroyed]).toEqual(['too large', ['start', '200', 'data', 'end'], true]);
    await eventually('it is closed', () => server.peers[0]?.closed);
    await ask(connections).over;
    expect(server.peers.length).toBe(2);
  });

  it('leaves its connection when the rest was sent before its end', async () => {
    const body = new PassThrough();
    const { server, connections } = await house((peer, _head, path) => {
      if (path !== '/early') return peer.say(sized('next'));
      peer.say('HTTP/1.1 200 OK', 'content-length: 5', '', 'ea');
      peer.socket.on('data', () => peer.received.endsWith('0\r\n\r\n') && peer.say('rly'));
    });
    body.write('x');
    const asked = ask(connections, { ...post, path: '/early', body });
    await eventually('it has begun', () => asked.body === 'ea');
    body.end();
    expect((await asked.over).body).toBe('early');
    expect((await ask(connections).over).body).toBe('next');
    expect(server.peers.length).toBe(1);
  });

  it('is told as a whole although the server says no more and nobody reads it yet', async () => {
    const body = new PassThrough();
    const { connections } = await house((peer) => peer.socket.end('HTTP/1.1 200 OK\r\n\r\nall'));
    body.write('x');
    const asked = ask(connections, { ...post, body }, { onResponseStart: (control) => control.pause() });
    await eventually('it has begun', () => asked.status === 200);
    await eventually('nobody wants the rest of the body', () => body.destroyed);
    asked.controller?.resume();
    expect((await asked.over).told).toEqual(['start', '200', 'data', 'end']);
  });
});
