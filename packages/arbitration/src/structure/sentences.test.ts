import { describe, expect, it } from 'vitest';
import { sentencesOf } from './sentences.ts';

const slices = (text: string) => sentencesOf(text, { start: 0, end: text.length }).map(({ start, end }) => text.slice(start, end));

describe('an abbreviation ends no sentence', () => {
  it.each([
    'Acme Inc. and Beta Corp. agree to arbitrate.',
    'See Sec. 4 and Nos. 12 to 14 of Art. 3.',
    'This follows Doe v. Roe in every respect.',
    'Fees, e.g. Filing fees, are shared by Mr. Smith.',
    'The U.S. Arbitration Act, 9 U.S.C. § 1, applies.',
    '12.3. Any dispute shall be settled.',
    '(a) The award is final.',
  ])('%s', (text) => {
    expect(slices(text)).toEqual([text]);
  });
});

it('ends a sentence after a company when another sentence begins', () => {
  expect(slices('The seller is Acme Inc. The buyer is Beta Ltd.')).toEqual(['The seller is Acme Inc.', 'The buyer is Beta Ltd.']);
});

it('goes on over line ends and stops at full stops', () => {
  expect(slices('Any dispute shall be\nsettled by arbitration. The seat\nis Paris.')).toEqual([
    'Any dispute shall be\nsettled by arbitration.',
    'The seat\nis Paris.',
  ]);
});

it('finds the ends in text without a capital', () => {
  expect(slices('any dispute is settled. the seat is paris. 1.5 days pass')).toEqual([
    'any dispute is settled.',
    'the seat is paris.',
    '1.5 days pass',
  ]);
});

it('leaves closing Markdown marks with the sentence they close', () => {
  expect(slices('**You agree to arbitrate.** You may opt out.')).toEqual(['**You agree to arbitrate.**', 'You may opt out.']);
});

it('cuts what is longer than 3,000 code units, at a semicolon where there is one, and loses nothing', () => {
  const text = `A${' word'.repeat(500)}; and${' more'.repeat(900)}`;
  const found = slices(text);
  expect(found.every((sentence) => sentence.length <= 3_000)).toBe(true);
  expect(found[0]?.endsWith(';')).toBe(true);
  expect(found.join(' ')).toBe(text);
});

it('cuts inside no surrogate pair', () => {
  expect(slices('𝒜'.repeat(4_000)).every((sentence) => /^(?:𝒜)+$/u.test(sentence))).toBe(true);
});
