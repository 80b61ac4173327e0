import { expect, it } from 'vitest';
import { paragraphsOf } from './paragraphs.ts';

const slices = (text: string) => paragraphsOf(text).map(({ start, end }) => text.slice(start, end));

it('divides at blank lines and keeps wrapped lines together', () => {
  expect(slices('one\ntwo\n\n \t\nthree\n')).toEqual(['one\ntwo', 'three']);
});

it('gives every list item a paragraph of its own', () => {
  expect(slices('The following:\n(a) first\nrunning on\n(b) second\n* third')).toEqual([
    'The following:',
    '(a) first\nrunning on',
    '(b) second',
    '* third',
  ]);
});

it('cuts a heading off the text that follows without a blank line', () => {
  const text = '# Terms\nYou agree.\n\nARBITRATION\nAny dispute is settled.\n\nDISPUTES AND THEIR\nSETTLEMENT ARE HERE';
  expect(slices(text)).toEqual([
    '# Terms',
    'You agree.',
    'ARBITRATION',
    'Any dispute is settled.',
    'DISPUTES AND THEIR\nSETTLEMENT ARE HERE',
  ]);
});

it('reads an underlined line as a heading of its level, the line included', () => {
  const text = 'Terms\n=====\n\nDisputes\n--------\nText';
  expect(paragraphsOf(text).map(({ heading }) => heading && [heading.level, heading.title])).toEqual([
    [1, 'Terms'],
    [2, 'Disputes'],
    undefined,
  ]);
  expect(slices(text)).toEqual(['Terms\n=====', 'Disputes\n--------', 'Text']);
});

it('has no paragraphs for blank text', () => {
  expect(paragraphsOf(' \n\n\t')).toEqual([]);
});
