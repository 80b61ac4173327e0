import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { RequestBody } from './request-body.ts';

/** A source that counts what was asked of it. */
function endless(): { source: Readable; produced: () => number } {
  let produced = 0;
  const source = new Readable({
    highWaterMark: 1_024,
    read() {
      produced += 1_024;
      this.push(Buffer.alloc(1_024));
    },
  });
  return { source, produced: () => produced };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the body of a request', () => {
  it('is what its source gives', async () => {
    const body = new RequestBody(Readable.from([Buffer.from('ab'), Buffer.from('c')], { objectMode: false }), {
      maxBytes: 3,
      length: 3,
      rest: 'destroy',
    });
    expect((await buffer(body)).toString()).toBe('abc');
  });

  it('is not begun before somebody reads it, and says when', async () => {
    const { source, produced } = endless();
    let asked = 0;
    const body = new RequestBody(source, { maxBytes: 1e9, rest: 'destroy', onFirstRead: () => asked++ });
    await turn();
    expect([body.begun, asked, produced()]).toEqual([false, 0, 0]);
    body.read(0);
    body.read(0);
    expect([body.begun, asked]).toEqual([true, 1]);
    body.destroy();
  });

  it('is read no faster than it is taken', async () => {
    const { source, produced } = endless();
    const body = new RequestBody(source, { maxBytes: 1e9, rest: 'destroy' });
    body.read(0);
    for (let each = 0; each < 50; each++) await turn();
    expect(produced()).toBeLessThan(200_000);
    body.destroy();
  });

  it('ends with GATEWAY_BODY_TOO_LARGE at the first byte too many', async () => {
    const body = new RequestBody(Readable.from([Buffer.alloc(3), Buffer.alloc(1)], { objectMode: false }), {
      maxBytes: 3,
      rest: 'destroy',
    });
    await expect(buffer(body)).rejects.toMatchObject({ code: 'GATEWAY_BODY_TOO_LARGE', details: { maxBytes: 3 } });
  });

  it('ends with CANCELLED when its source breaks off', async () => {
    for (const error of [undefined, new Error('aborted')]) {
      const source = new Readable({ read() {} });
      const body = new RequestBody(source, { maxBytes: 10, rest: 'destroy' });
      source.push('half');
      const whole = buffer(body);
      await turn();
      source.destroy(error);
      await expect(whole).rejects.toMatchObject({ code: 'CANCELLED' });
    }
  });

  it('destroys a source that nobody wants, also one that was never begun', async () => {
    const { source } = endless();
    new RequestBody(source, { maxBytes: 1, rest: 'destroy' }).destroy();
    await turn();
    expect(source.destroyed).toBe(true);
  });

  it('lets the rest of its source run dry where its connection is needed', async () => {
    const source = Readable.from(
      Array.from({ length: 100 }, () => Buffer.alloc(10_000)),
      { objectMode: false },
    );
    const body = new RequestBody(source, { maxBytes: 1e9, rest: 'drain' });
    body.once('data', () => body.destroy());
    await new Promise((resolve) => source.once('end', resolve));
    expect(body.destroyed).toBe(true);
  });
});
