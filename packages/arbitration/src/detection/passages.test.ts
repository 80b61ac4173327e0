import { describe, expect, it } from 'vitest';
import { paragraphsOf } from '../structure/paragraphs.ts';
import { mentionsOf } from './mentions.ts';
import { passagesOf } from './passages.ts';

const passages = (text: string) => passagesOf(text, paragraphsOf(text), mentionsOf(text)).map(({ start, end }) => text.slice(start, end));

it('is the sentence of the mention', () => {
  expect(passages('It is so. Disputes go to arbitration. The end.\n\nNothing here.')).toEqual(['Disputes go to arbitration.']);
});

describe('follows a sentence', () => {
  it('over a page number and a filing mark', () => {
    const text =
      'First. Any dispute shall be\n\n7\n\nSource: ACME, 10-K, 3/6/2020\n\nsettled by arbitration\n\nPage 8 of 9\n\nin Paris. Last.';
    expect(passages(text)).toEqual([text.slice(text.indexOf('Any'), text.indexOf(' Last'))]);
  });

  it('through the items of a list it announced', () => {
    const text = 'Every dispute shall be:\n\n(a) discussed; and\n\n(b) settled by arbitration.\n\n(c) Other matters are free.';
    expect(passages(text)).toEqual(['Every dispute shall be:\n\n(a) discussed; and\n\n(b) settled by arbitration.']);
  });

  it('through double-spaced lines', () => {
    expect(passages('Any dispute\n\nshall be settled\n\nby arbitration\n\nin Paris.')).toEqual([
      'Any dispute\n\nshall be settled\n\nby arbitration\n\nin Paris.',
    ]);
  });
});

describe('does not follow a sentence', () => {
  it('into a heading or out of one', () => {
    expect(passages('DISPUTES\n\nsettled by arbitration\n\nNOTICES')).toEqual(['settled by arbitration']);
  });

  it('into a list that it did not announce', () => {
    expect(passages('The arbitrator decides on costs\n\nc. Notices. All notices are written.')).toEqual([
      'The arbitrator decides on costs',
    ]);
  });
});

it('gives a passage once when it holds several mentions', () => {
  expect(passages('By arbitration, the\n\narbitrator, in arbitration.')).toHaveLength(1);
});
