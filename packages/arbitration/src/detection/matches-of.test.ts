import { expect, it } from 'vitest';
import { matchesOf } from './matches-of.ts';

it('finds what matchAll finds, also when asked again', () => {
  for (const [text, pattern] of [
    ['abcab', /ab/g],
    ['abc', /(?=b)|c/g],
    ['', /a*/g],
    ['none', /x/g],
  ] as const) {
    const expected = Array.from(text.matchAll(pattern), (match) => [match.index, match[0]]);
    for (let times = 0; times < 2; times += 1) expect(matchesOf(text, pattern).map((match) => [match.index, match[0]])).toEqual(expected);
  }
});
