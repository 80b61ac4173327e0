import { describe, expect, it } from 'vitest';
import { headingOf } from './heading.ts';

describe('a line that is a heading', () => {
  it.each([
    ['## 17. Dispute Resolution ##', 2, 'Dispute Resolution'],
    ['**Binding arbitration**', 2, 'Binding arbitration'],
    ['ARTICLE IV - DISPUTES', 1, 'ARTICLE IV - DISPUTES'],
    ['Section 12. Governing Law', 1, 'Section 12. Governing Law'],
    ['12.3 Arbitration of Disputes', 2, 'Arbitration of Disputes'],
    ['IX. Miscellaneous', 1, 'Miscellaneous'],
    ['GOVERNING LAW AND ARBITRATION', 1, 'GOVERNING LAW AND ARBITRATION'],
  ])('%s', (line, level, title) => {
    expect(headingOf(line, true)).toEqual({ level, title, length: line.length });
  });
});

it('ends a numbered title where the text runs on', () => {
  const line = '16.2 Arbitration. Any dispute shall be settled by arbitration.';
  const heading = headingOf(line, false);
  expect(heading?.title).toBe('Arbitration');
  expect(line.slice(0, heading?.length)).toBe('16.2 Arbitration.');
});

describe('a line that is none', () => {
  it.each([
    'The parties agree as follows.',
    '13. Each Member will be responsible for its respective duties as follows: a, b and c.',
    'AAA.',
    'AND ALL OTHER CLAIMS, WHETHER IN CONTRACT OR IN TORT,',
    '3. The exclusive purpose of the venture is the sale of goods. It has no other.',
    '',
  ])('%s', (line) => {
    expect(headingOf(line, true)).toBeUndefined();
  });
});

it('does not take capitals inside running text for a heading', () => {
  expect(headingOf('TO ARBITRATION AND NOT TO ANY COURT', false)).toBeUndefined();
});
