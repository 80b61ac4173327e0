import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { RequestBody } from '../http/request-body.ts';
import { RepeatableBody } from './repeatable-body.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function body(source: Readable, maxBytes = 10): { repeatable: RepeatableBody; source: Readable; request: RequestBody } {
  const request = new RequestBody(source, { maxBytes: 1_000_000, rest: 'destroy' });
  return { repeatable: new RepeatableBody(request, maxBytes), source, request };
}
const pieces = (...texts: readonly string[]): Readable =>
  Readable.from(
    texts.map((text) => Buffer.from(text)),
    { objectMode: false },
  );
const text = async (stream: Readable): Promise<string> => (await buffer(stream)).toString();

describe('a body that may be sent again', () => {
  it('is the same at every attempt', async () => {
    const { repeatable } = body(pieces('ab', 'cd', 'e'));
    for (let each = 0; each < 3; each++) expect(await text(repeatable.attempt())).toBe('abcde');
    expect(repeatable.whole).toBe(true);
  });

  it('is not asked for before an attempt reads it', async () => {
    const { repeatable, request } = body(pieces('ab'));
    repeatable.attempt();
    await turn();
    expect(request.begun).toBe(false);
  });

  it('goes on where it was broken off, after what had come before', async () => {
    const source = new Readable({ read() {} });
    const { repeatable } = body(source);
    source.push('abc');
    const first = repeatable.attempt();
    const seen: string[] = [];
    first.on('data', (chunk) => seen.push(String(chunk)));
    await turn();
    await turn();
    expect(seen).toEqual(['abc']);
    first.destroy(new Error('the connection broke'));
    source.push('def');
    source.push(null);
    expect(await text(repeatable.attempt())).toBe('abcdef');
  });

  it('loses nothing of what came while nobody read', async () => {
    const source = new Readable({ read() {} });
    const { repeatable } = body(source);
    repeatable.attempt().destroy();
    source.push('abc');
    await turn();
    source.push('def');
    source.push(null);
    await turn();
    expect(await text(repeatable.attempt())).toBe('abcdef');
  });

  it('is whole no longer when it has grown too large, and is then sent to its end once', async () => {
    const { repeatable } = body(pieces('abcdef', 'ghijkl'), 10);
    expect(repeatable.whole).toBe(true);
    expect(await text(repeatable.attempt())).toBe('abcdefghijkl');
    expect(repeatable.whole).toBe(false);
  });

  it('breaks off when the client does, and is not whole then', async () => {
    const source = new Readable({ read() {} });
    const { repeatable } = body(source);
    source.push('abc');
    const sent = text(repeatable.attempt());
    await turn();
    source.destroy();
    await expect(sent).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(repeatable.whole).toBe(false);
  });

  it('is read no faster than it is sent', async () => {
    let produced = 0;
    const source = new Readable({
      highWaterMark: 1_024,
      read() {
        produced += 1_024;
        this.push(Buffer.alloc(1_024));
      },
    });
    const attempt = body(source).repeatable.attempt();
    attempt.read(0);
    for (let each = 0; each < 100; each++) await turn();
    expect(produced).toBeLessThan(300_000);
    attempt.destroy();
    source.destroy();
  });
});
