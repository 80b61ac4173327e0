import { describe, expect, it } from 'vitest';
import { attributesOf } from './attributes.ts';

describe('a class waiver', () => {
  it.each([
    'You waive your right to participate in a class action or class-wide arbitration.',
    'Each may bring claims only in an individual capacity, and not as a plaintiff or class member in any class or representative proceeding.',
    'Class action lawsuits, class-wide arbitrations and private attorney-general actions are not permitted.',
    'The arbitration agreement prevents you from bringing, joining or participating in class or consolidated proceedings.',
    'The parties agree not to act as a representative or member of a class or collective action.',
  ])('%s', (text) => {
    const { classWaiver, evidence } = attributesOf(text);
    expect(classWaiver).toBe(true);
    expect(evidence.classWaiver.every(({ start, end }) => end > start && end <= text.length)).toBe(true);
  });

  it.each(['We collect classes of data (collectively, the "Data") from representatives.', 'You may join a class action.'])(
    'is not in: %s',
    (text) => {
      expect(attributesOf(text).classWaiver).toBe(false);
    },
  );
});

describe('a jury waiver', () => {
  it.each([
    'YOU AND ACME EXPRESSLY WAIVE THE RIGHT TO TRIAL BY A JURY.',
    'You are giving up the right to have a judge or jury decide.',
    'Jury Trial Waiver',
    'This will eliminate your right to a trial by jury.',
  ])('%s', (text) => {
    expect(attributesOf(text).juryWaiver).toBe(true);
  });

  it('is not in a text about personal injury or perjury', () => {
    expect(attributesOf('We do not exclude liability for personal injury, or under penalty of perjury.').juryWaiver).toBe(false);
  });
});

it('sees small-claims courts stay open, and sees them shut', () => {
  expect(attributesOf('Either party may bring a claim in “small claims” court.').smallClaims).toBe(true);
  expect(attributesOf('You may not bring any claim in small claims court.').smallClaims).toBe(false);
});

it('says where the days to opt out are, and leaves them out where there are none', () => {
  const text = 'Fees are shared. You may opt out of arbitration by notice within 30 days of acceptance.';
  const { optOutDays, evidence } = attributesOf(text);
  expect(optOutDays).toBe(30);
  expect(evidence.optOutDays.map(({ start, end }) => text.slice(start, end))).toEqual([text.slice(17)]);
  expect('optOutDays' in attributesOf('Fees are shared.')).toBe(false);
});
