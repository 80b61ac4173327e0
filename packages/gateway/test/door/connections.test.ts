import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { eventually } from '@tutti/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ResponseSink } from '../../src/http/response-sink.ts';
import { get, openDoor, post, say } from './open-door.ts';

describe('requests on one connection', () => {
  it('that come in one piece are answered in their order, however many', async () => {
    const { client } = await openDoor(({ target }, response) => say(response, `[${target}]`));
    const targets = Array.from({ length: 5_000 }, (_, index) => `/${index}`);
    const one = client().send(targets.map((target) => get(target)).join(''));
    const received = await one.until('[/4999]');
    expect(received.match(/\[.*?\]/g)).toEqual(targets.map((target) => `[${target}]`));
  });

  it('are served one at a time', async () => {
    const served: [string, ResponseSink][] = [];
    const { client } = await openDoor(({ target }, response) => void served.push([target, response]));
    const one = client().send(get('/1') + get('/2'));
    await eventually('the first is served', () => served.length === 1);
    await one.send(get('/3'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(served.map(([target]) => target)).toEqual(['/1']);
    for (let next = 1; next <= 3; next++) {
      await eventually('the next one is served', () => served.length === next);
      say(served[next - 1]?.[1] as ResponseSink, `[${next}]`);
    }
    expect((await one.until('[3]')).match(/\[.\]/g)).toEqual(['[1]', '[2]', '[3]']);
  });

  it('are not read without end while one has no answer', async () => {
    let answer = (): void => {};
    const { client } = await openDoor(({ target }, response) => {
      if (target === '/slow') answer = () => say(response, 'slow');
      else say(response, `[${target}]`);
    });
    const one = client().send(get('/slow'));
    const many = get(`/${'x'.repeat(8_000)}`).repeat(2_000);
    one.send(many);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(one.socket.writableLength).toBeGreaterThan(many.length / 10); // what the systems between do not hold stays with the client
    answer();
    await eventually('all are answered', () => one.received.split('[/').length === 2_001);
  });

  it('are read no faster than they are answered, also where each answer takes a moment', async () => {
    let served = 0;
    const { client } = await openDoor(async (_request, response) => {
      served++;
      await new Promise(setImmediate);
      say(response, 'ok');
    });
    const one = client();
    const many = get().repeat(1_000_000);
    one.send(many);
    await eventually('some are answered', () => served >= 500);
    const held = one.socket.writableLength + served * get().length;
    expect(held).toBeGreaterThan(many.length - 16_000_000); // the systems between take a few megabytes
    one.socket.destroy();
  });

  it('of which one is broken end with that one', async () => {
    const { client } = await openDoor(({ target }, response) => say(response, `[${target}]`));
    const received = await client()
      .send(`${get('/1')}GET /2 HTTP/1.1\r\nHost : h\r\n\r\n${get('/3')}`)
      .closed();
    expect(received).toMatch(/^HTTP\/1\.1 200 .*\[\/1\]HTTP\/1\.1 400 Bad Request\r\n(?!.*\[\/)/s);
  });

  it('of HTTP/1.0 go on only where the client says so', async () => {
    const { client } = await openDoor((_request, response) => say(response, 'ok'));
    expect(await client().send('GET / HTTP/1.0\r\n\r\n').closed()).toMatch(/\r\nconnection: close\r\n/);
    const one = client().send('GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n');
    expect(await one.until(/ok$/)).toMatch(/\r\nconnection: keep-alive\r\n/);
    expect(await one.send('GET / HTTP/1.0\r\n\r\n').closed()).toMatch(/ok.*ok$/s);
  });

  it('end with the one that says so', async () => {
    const { client } = await openDoor(({ target }, response) => say(response, `[${target}]`));
    const received = await client()
      .send(get('/1', 'Connection: x, Close\r\n') + get('/2'))
      .closed();
    expect(received).toMatch(/\r\nconnection: close\r\n.*\[\/1\]$/s);
  });
});

describe('a client that leaves', () => {
  it('while it waits is noticed at once, also by the end of its side alone', async () => {
    for (const leave of ['destroy', 'end'] as const) {
      const gone: string[] = [];
      const { client } = await openDoor((_request, response) => response.whenGone((reason) => gone.push(String(reason))));
      const one = client().send(get());
      await once(one.socket, 'connect');
      await new Promise((resolve) => setTimeout(resolve, 20));
      one.socket[leave]();
      await eventually('it is noticed', () => gone.length === 1, 100);
      await one.closed();
      expect(gone).toEqual([expect.stringContaining('the client left before the answer')]);
    }
  });

  it('in the middle of its body breaks the body, and nobody waits for it', async () => {
    let broken: unknown;
    const { client } = await openDoor(({ body }) =>
      text(body as never).then(
        () => {},
        (error) => {
          broken = error;
        },
      ),
    );
    const one = client().send(post(10, 'hello'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    one.socket.destroy();
    await eventually('the body is broken', () => broken !== undefined);
    expect(broken).toMatchObject({ code: 'CANCELLED' });
  });

  it('in the middle of its head is told so where it can still read', async () => {
    const { client } = await openDoor(() => {});
    const one = client().send('GET / HTTP/1.1\r\nHo');
    one.socket.end();
    expect(await one.closed()).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('with nothing under way is let go', async () => {
    const { client, door } = await openDoor(() => {});
    const one = client();
    await once(one.socket, 'connect');
    one.socket.end();
    expect(await one.closed()).toBe('');
    await door.close();
  });

  it('after its answer was written still gets it', async () => {
    const body = 'x'.repeat(20_000_000);
    const { client } = await openDoor((_request, response) => say(response, body));
    const one = client();
    one.socket.pause();
    one.send(get());
    await new Promise((resolve) => setTimeout(resolve, 50));
    one.socket.end();
    await new Promise((resolve) => setTimeout(resolve, 50));
    one.socket.resume();
    expect((await one.closed()).length).toBeGreaterThan(body.length);
  });
});

describe('a client that ends its side in the middle of its body', () => {
  it('gets the early answer that was on its way, and then the end', async () => {
    const body = 'x'.repeat(20_000_000);
    const { client } = await openDoor((request, response) => {
      say(response, body);
      request.body?.destroy();
    });
    const one = client();
    one.socket.allowHalfOpen = true;
    one.socket.pause();
    one.send(post(10, 'he'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    one.socket.end();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const ended = once(one.socket, 'end');
    one.socket.resume();
    await ended;
    expect(one.received.length).toBeGreaterThan(body.length);
  });
});

describe('a connection that takes too long', () => {
  it.each([
    ['to begin is closed in silence', 'headersTimeout', '', /^$/],
    ['with a head is told so', 'headersTimeout', 'GET / HTTP/1.1\r\nH', /^HTTP\/1\.1 408 .*GATEWAY_REQUEST_TOO_SLOW/s],
    ['to be used again is closed', 'idleTimeout', get(), /ok$/],
    ['with a rest that nobody wants is closed', 'requestTimeout', post(10, 'he'), /ok$/],
  ])('%s', async (_how, limit, sent, received) => {
    const { client } = await openDoor(
      ({ body }, response) => {
        say(response, 'ok');
        body?.destroy();
      },
      { limits: { [limit]: '60ms' } },
    );
    const begun = performance.now();
    expect(await client().send(sent).closed()).toMatch(received);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(59);
  });

  it('with nothing but empty lines is closed, however often they come', async () => {
    const { client } = await openDoor(() => {}, { limits: { headersTimeout: '60ms' } });
    const one = client();
    const lines = setInterval(() => one.send('\r\n'), 10);
    onTestFinished(() => clearInterval(lines));
    expect(await one.closed()).toBe('');
  });

  it('is not one with an empty line behind its request', async () => {
    const { client } = await openDoor((_request, response) => say(response, 'ok'), { limits: { headersTimeout: '40ms' } });
    const one = client().send(get());
    await one.until(/ok$/);
    one.send('\r\n');
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await one.send(get()).until(/ok.*ok$/s)).not.toContain('408');
    one.send('\r\n');
    await new Promise((resolve) => setTimeout(resolve, 20));
    one.socket.end();
    expect(await one.closed()).toMatch(/ok$/);
  });

  it('with its body has it broken', async () => {
    const { client } = await openDoor(
      async ({ body }, response) => {
        await text(body as never).catch((error: { code: string }) => say(response, error.code, 408));
      },
      { limits: { requestTimeout: '60ms' } },
    );
    expect(await client().send(post(10, 'he')).closed()).toMatch(/^HTTP\/1\.1 408 .*GATEWAY_REQUEST_TOO_SLOW$/s);
  });

  it('is none while it is the service that is waited for', async () => {
    const { client } = await openDoor(
      async (_request, response) => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        say(response, 'ok');
      },
      { limits: { headersTimeout: '40ms', requestTimeout: '40ms', idleTimeout: '40ms' } },
    );
    expect(await client().send(get()).until(/ok$/)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('a connection that asks to become something else', () => {
  const ask = (more = ''): string => get('/', `Connection: Upgrade\r\nUpgrade: x\r\n${more}`);

  it('is given away with what came behind the request', async () => {
    const { client } = await openDoor(
      ({ upgrade }) => {
        const socket = upgrade?.accept(['connection', 'Upgrade', 'upgrade', 'x']) as Duplex;
        socket.on('data', (chunk) => socket.write(`<${chunk}>`));
        socket.on('end', () => socket.end('bye'));
      },
      { knows: ['x'] },
    );
    const one = client().send(`${ask()}early`);
    await one.until('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: x\r\n\r\n<early>');
    await one.send('late').until('<late>');
    one.socket.end();
    expect(await one.closed()).toMatch(/bye$/);
  });

  it('ends with its answer where it does not, and nothing behind it is taken for a request', async () => {
    const { client } = await openDoor(({ target }, response) => say(response, `[${target}]`), { knows: ['x'] });
    expect(
      await client()
        .send(ask() + get('/2'))
        .closed(),
    ).toMatch(/connection: close.*\[\/\]$/s);
  });

  it.each([
    ['another protocol', get('/', 'Connection: Upgrade\r\nUpgrade: y\r\n')],
    ['several protocols', get('/', 'Connection: Upgrade\r\nUpgrade: x, y\r\n')],
    ['no word of it in Connection', get('/', 'Upgrade: x\r\n')],
    ['HTTP/1.0', 'GET / HTTP/1.0\r\nConnection: upgrade, keep-alive\r\nUpgrade: x\r\n\r\n'],
    ['a body', post(2, 'hi', 'Connection: Upgrade\r\nUpgrade: x\r\n')],
  ])('with %s has not asked', async (_what, request) => {
    const { client } = await openDoor(({ upgrade }, response) => say(response, upgrade ? 'asked' : 'not asked'), { knows: ['x'] });
    expect(
      await client()
        .send(request)
        .until(/asked$/),
    ).toMatch(/not asked$/);
  });

  it('tells that the client has gone before it was decided', async () => {
    const gone: unknown[] = [];
    const { client } = await openDoor((_request, response) => response.whenGone((reason) => gone.push(reason)), { knows: ['x'] });
    const one = client().send(ask());
    await once(one.socket, 'connect');
    await new Promise((resolve) => setTimeout(resolve, 20));
    one.socket.destroy();
    await eventually('it is told', () => gone.length === 1, 200);
  });
});

describe('a door', () => {
  it('makes no tunnels to elsewhere', async () => {
    const { client } = await openDoor(() => {});
    expect(await client().send('CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n').closed()).toMatch(/^HTTP\/1\.1 400 .*GATEWAY_BAD_REQUEST/s);
  });

  it('says whether it is ready beside everything else', async () => {
    const { client } = await openDoor(() => {});
    expect(
      await client()
        .send(get('/ready'))
        .until(/\r\n\r\nready$/),
    ).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('closes when the last answer has ended, whatever that one had said of its connection before', async () => {
    let finish = (): void => {};
    const { client, door } = await openDoor(
      (_request, response) => {
        response.begin(200, []);
        response.write(Buffer.from('first'));
        finish = () => response.end();
      },
      { limits: { headersTimeout: '200ms', drainTimeout: '1m' } },
    );
    const one = client().send(get());
    expect(await one.until('first')).toContain('connection: keep-alive');
    const closed = door.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    finish();
    await closed;
    expect(await one.closed()).toMatch(/\r\n0\r\n\r\n$/);
  });

  it('closes the one connection on which something went wrong inside, and says so', async () => {
    const { client, logged } = await openDoor(({ target }, response) => {
      if (target === '/bad') throw new Error('a fault');
      say(response, 'ok');
    });
    const other = client().send(get());
    await other.until(/ok$/);
    await client().send(get('/bad')).closed();
    expect(await other.send(get()).until(/ok.*ok$/s)).toBeDefined();
    expect(logged).toMatchObject([{ fields: { error: { message: 'a fault' } } }]);
  });
});
