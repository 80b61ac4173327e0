import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patternCases } from '../testing/pattern-cases.ts';
import { compilePattern } from './event-pattern.ts';

/** The definition, word for word, segment by segment. */
function naiveMatch([pattern, ...morePatterns]: readonly string[], [type, ...moreTypes]: readonly string[]): boolean {
  if (pattern === '**') return type !== undefined;
  if (pattern === undefined || type === undefined) return pattern === type;
  return (pattern === '*' || pattern === type) && naiveMatch(morePatterns, moreTypes);
}

describe('compilePattern', () => {
  it.each(patternCases)('%j on %j: %j', (pattern, type, matches) => {
    expect(compilePattern(pattern)(type)).toBe(matches);
  });

  it('agrees with a naive matcher on any pattern and type', () => {
    const word = fc.constantFrom('a', 'b', 'ab', 'a-b', '_');
    const types = fc.array(word, { minLength: 1, maxLength: 5 });
    const patterns = fc
      .tuple(fc.array(fc.oneof(word, fc.constant('*')), { maxLength: 4 }), fc.boolean())
      .map(([segments, open]) => (open || segments.length === 0 ? [...segments, '**'] : segments));
    fc.assert(
      fc.property(patterns, types, (pattern, type) => {
        expect(compilePattern(pattern.join('.'))(type.join('.'))).toBe(naiveMatch(pattern, type));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['', '.', 'a.', '.a', 'a..b', '**.a', 'a.**.b', 'a.***', 'a*', '*a.b', 'A.b', 'a b', 'a.#', '***'])('refuses %j', (pattern) => {
    expect(() => compilePattern(pattern)).toThrowError(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
