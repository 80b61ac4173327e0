import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { get, openDoor, post, say } from './open-door.ts';

describe('a body', () => {
  it('is taken no faster than it is read', async () => {
    let received = 0;
    let start = (): void => {};
    const { client } = await openDoor(async ({ body }, response) => {
      await new Promise<void>((resolve) => (start = resolve));
      for await (const chunk of body ?? []) received += (chunk as Buffer).length;
      say(response, `${received}`);
    });
    const one = client().send(post(10_000_000, 'x'.repeat(10_000_000)));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(one.socket.writableLength).toBeGreaterThan(1_000_000);
    start();
    expect(await one.until('10000000')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([
    ['a length', 'Content-Length: 11', 'hello world'],
    ['chunks', 'Transfer-Encoding: chunked', '5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nX-After: 1\r\n\r\n'],
  ])('with %s is whole, and so is what follows', async (_how, line, body) => {
    const trailers: (readonly string[])[] = [];
    const { client } = await openDoor(async ({ body: stream, target }, response) => {
      const whole = stream ? await text(stream) : '';
      if (stream) trailers.push(stream.trailers);
      say(response, `[${target} ${whole}]`);
    });
    const request = `POST /1 HTTP/1.1\r\nHost: h\r\n${line}\r\n\r\n${body}${get('/2')}`;
    const whole = await client().send(request).until('[/2 ]');
    const one = client();
    for (const byte of request) one.send(byte);
    for (const received of [whole, await one.until('[/2 ]')]) expect(received.match(/\[.*?\]/g)).toEqual(['[/1 hello world]', '[/2 ]']);
    expect(trailers).toEqual(
      line.startsWith('T')
        ? [
            ['X-After', '1'],
            ['X-After', '1'],
          ]
        : [[], []],
    );
  });

  it('in chunks of a byte each takes no more memory than it must', async () => {
    const pieces: number[] = [];
    const { client } = await openDoor(async ({ body }, response) => {
      for await (const piece of body ?? []) pieces.push((piece as Buffer).length);
      say(response, 'ok');
    });
    await client()
      .send(`POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(50_000)}0\r\n\r\n`)
      .until(/ok$/);
    expect(pieces.reduce((sum, length) => sum + length, 0)).toBe(50_000);
    expect(pieces.length).toBeLessThan(500);
  });

  it('that breaks the rules in its middle is refused', async () => {
    const { client } = await openDoor(async ({ body }, response) => {
      await text(body as never).catch((error: { code: string }) => say(response, error.code, 400));
    });
    const received = await client()
      .send('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6 \r\n world\r\n')
      .closed();
    expect(received).toMatch(/^HTTP\/1\.1 400 .*connection: close.*GATEWAY_BAD_REQUEST$/s);
  });

  it('that breaks the rules before anybody reads it is refused, too', async () => {
    const { client } = await openDoor(async ({ body }, response) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await text(body as never).catch((error: { code: string }) => say(response, error.code, 400));
    });
    const received = await client().send('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nrubbish\r\n').closed();
    expect(received).toMatch(/GATEWAY_BAD_REQUEST$/);
  });

  it('that nobody wants is read for nothing where it is short', async () => {
    const { client } = await openDoor(({ body, target }, response) => {
      say(response, `[${target}]`);
      body?.destroy();
    });
    const one = client().send(post(5, 'he'));
    await one.until('[/]');
    expect(await one.send(`llo${get('/2')}`).until('[/2]')).not.toContain('connection: close');
  });

  it('that nobody wants costs the connection where it is long, and the answer arrives', async () => {
    const { client } = await openDoor(({ body }, response) => {
      say(response, 'no', 413);
      body?.destroy();
    });
    const one = client();
    const failures: unknown[] = [];
    one.socket.on('error', (error) => failures.push(error));
    one.send(post(3_000_000, 'x'.repeat(3_000_000)));
    expect(await one.until(/no$/)).toContain('connection: close');
    await one.closed();
    expect(failures).toEqual([]);
  });

  it('is waited for only when the client was told to go on', async () => {
    const { client } = await openDoor(async ({ body, target }, response) => {
      const whole = target === '/read' ? await text(body as never) : 'unread';
      say(response, `[${whole}]`);
      body?.destroy();
    });
    const head = (target: string): string => `POST ${target} HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n`;
    const told = client().send(head('/read'));
    await told.until('HTTP/1.1 100 Continue\r\n\r\n');
    expect(await told.send('hello').until('[hello]')).not.toContain('connection: close');
    expect(await client().send(head('/no')).closed()).toMatch(/^HTTP\/1\.1 200 .*connection: close.*\[unread\]$/s);
  });
});
