import { describe, expect, it } from 'vitest';
import { packed } from './packed.ts';

/** As MessagePack says it: arrays and texts whose length has four bytes. */
function unpacked(bytes: Buffer): string[] {
  expect(bytes[0]).toBe(0xdd);
  const texts: string[] = [];
  let at = 5;
  for (let left = bytes.readUInt32BE(1); left > 0; left--) {
    expect(bytes[at]).toBe(0xdb);
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    texts.push(bytes.toString('utf8', at + 5, end));
    at = end;
  }
  expect(at).toBe(bytes.length);
  return texts;
}

describe('texts packed for a script', () => {
  it.each([[[]], [['']], [['a', '', 'b c\n"']], [['ünï', '日本', '👍', 'x'.repeat(70_000)]]])('are what they were: %j', (texts) => {
    expect(unpacked(packed(texts))).toEqual(texts);
  });
});
