import { expect, it } from 'vitest';
import { linesOf } from './pdf-lines.ts';

const piece = (str: string, left: number, hasEOL = false) => ({ str, transform: [1, 0, 0, 1, left, 700], width: 10, hasEOL });

it('puts pieces together into lines with their ends', () => {
  expect(linesOf([piece('Any', 70), piece(' ', 80), piece('dispute', 84, true), piece('', 70, true), piece('ends', 70)])).toEqual([
    { text: 'Any dispute', left: 70, right: 94, y: 700 },
    { text: 'ends', left: 70, right: 80, y: 700 },
  ]);
});

it('has no lines for blanks', () => {
  expect(linesOf([piece(' ', 70, true), piece('', 70)])).toEqual([]);
});
