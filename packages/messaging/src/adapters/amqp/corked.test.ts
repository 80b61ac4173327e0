import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { corkTurns } from './corked.ts';

/** A socket that notes what reaches the system at once. */
function socket() {
  const calls: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    highWaterMark: 8,
    write(chunk, _encoding, done) {
      calls.push(String(chunk));
      done();
    },
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => String(chunk)).join(''));
      done();
    },
  });
  corkTurns(stream);
  return { stream, calls };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a socket whose turns are corked', () => {
  it('writes at once what was written in one turn, and nothing later than that', async () => {
    const { stream, calls } = socket();
    for (const chunk of ['a', 'b', 'c']) stream.write(chunk);
    await turn();
    expect(calls).toEqual(['abc']);
    stream.write('d');
    await turn();
    expect(calls).toEqual(['abc', 'd']);
  });

  it('says that it is full, and that it is not any more', async () => {
    const { stream, calls } = socket();
    const drained = new Promise((resolve) => stream.once('drain', resolve));
    expect(stream.write('123456789')).toBe(false);
    await drained;
    expect(calls).toEqual(['123456789']);
    expect(stream.write('x')).toBe(true);
  });
});
