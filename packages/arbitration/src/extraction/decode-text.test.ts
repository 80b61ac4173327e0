import { expect, it } from 'vitest';
import { decodeText } from './decode-text.ts';

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf8') : Buffer.from(part))));

it('reads UTF-8 with and without a byte order mark', () => {
  expect(decodeText(bytes('“Größe”'))).toBe('“Größe”');
  expect(decodeText(bytes([0xef, 0xbb, 0xbf], 'Größe'))).toBe('Größe');
});

it('reads UTF-16 of either order by its mark', () => {
  expect(decodeText(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('Größe', 'utf16le')]))).toBe('Größe');
  expect(decodeText(Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from('Größe', 'utf16le').swap16()]))).toBe('Größe');
});

it('falls back to windows-1252, curly quotes included', () => {
  expect(decodeText(bytes([0x93], 'arbitration', [0x94], ' \u0024', [0x80]))).toBe('“arbitration” $€');
});

it('makes every line end one line feed, and a page end a blank line', () => {
  expect(decodeText(bytes('a\r\nb\rc\fd\u2028e'))).toBe('a\nb\nc\n\nd\ne');
});

it('reads no binary data', () => {
  expect(decodeText(bytes('text', [0], 'text'))).toBeUndefined();
  expect(decodeText(bytes([1, 2, 3, 4, 5, 6, 7, 8]))).toBeUndefined();
});

it('accepts a stray control character in a long text', () => {
  expect(decodeText(bytes('a'.repeat(1_000), [0x1a]))).toHaveLength(1_001);
});

it('accepts a beginning that ends inside a letter', () => {
  const beginning = bytes('Größe').subarray(0, 4);
  expect(decodeText(beginning, true)).toBe('Gr\u00f6'.slice(0, 3));
  expect(decodeText(bytes('Gr', [0xc3]), true)).toBe('Gr');
});
