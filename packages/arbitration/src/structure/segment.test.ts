import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { segment } from './segment.ts';
import type { Span } from './span.ts';

const words = fc.constantFrom(
  'Any dispute',
  'arbitration',
  'Inc.',
  'v.',
  '12.3',
  '(a)',
  '- ',
  '# ',
  '**Law.**',
  'ARBITRATION',
  '===',
  'ä',
  '😀',
  '.',
  '?! ',
  ' ',
  '\n',
  '\n\n',
  '\t',
  '\u00a0',
  '\u2028',
  ';',
  'x'.repeat(3_100),
);
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(words, { maxLength: 60 }).map((parts) => parts.join(' ')),
  fc.array(words, { maxLength: 60 }).map((parts) => parts.join('')),
);

const parts = ['sections', 'paragraphs', 'sentences'] as const;

describe.each(parts)('%s', (part) => {
  it('are ordered slices that do not overlap and hold everything that is not blank', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const spans: readonly Span[] = segment(text)[part];
        let before = 0;
        let outside = '';
        for (const { start, end } of spans) {
          expect(start).toBeGreaterThanOrEqual(before);
          expect(end).toBeGreaterThan(start);
          expect(text.slice(start, end).trim()).toBe(text.slice(start, end));
          outside += text.slice(before, start);
          before = end;
        }
        expect(before).toBeLessThanOrEqual(text.length);
        expect((outside + text.slice(before)).trim()).toBe('');
      }),
      { numRuns: 500 },
    );
  });
});

it('puts every sentence into one paragraph and every paragraph into one section', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const { sections, paragraphs, sentences } = segment(text);
      const within = (inner: Span, outers: readonly Span[]) =>
        outers.filter(({ start, end }) => start <= inner.start && inner.end <= end).length === 1;
      expect(sentences.every((sentence) => within(sentence, paragraphs))).toBe(true);
      expect(paragraphs.every((paragraph) => within(paragraph, sections))).toBe(true);
    }),
  );
});

it('names the sections by their headings', () => {
  const text = 'Intro.\n\n# Terms\n\nYou agree.\n\n## 2. Disputes\n\nBy arbitration.\n\n3. Arbitration. It is final.';
  expect(segment(text).sections.map(({ level, title }) => [level, title])).toEqual([
    [0, undefined],
    [1, 'Terms'],
    [2, 'Disputes'],
    [1, 'Arbitration'],
  ]);
});
