import { expect, it } from 'vitest';
import { trimmed } from './span.ts';

it('leaves the blanks at both ends out and keeps those inside', () => {
  const text = ' \u00a0\tone two\u2003\n';
  const span = trimmed(text, { start: 0, end: text.length });
  expect(text.slice(span?.start, span?.end)).toBe('one two');
});

it('finds nothing in blanks', () => {
  expect(trimmed(' \n\u3000', { start: 0, end: 3 })).toBeUndefined();
});

it('agrees with String.trim about every character of the first plane', () => {
  const blanks = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit)).filter(
    (letter) => !trimmed(letter, { start: 0, end: 1 }),
  );
  const expected = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit)).filter((letter) => letter.trim() === '');
  expect(blanks).toEqual(expected);
});
