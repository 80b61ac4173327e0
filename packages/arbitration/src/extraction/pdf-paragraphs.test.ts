import { describe, expect, it } from 'vitest';
import type { PdfLine } from './pdf-lines.ts';
import { paragraphText } from './pdf-paragraphs.ts';

/** Lines with 10 units of leading; `>` at the start leaves a line free before it, `|` at the end makes it full. */
function page(...lines: readonly string[]): readonly PdfLine[] {
  let y = 700;
  return lines.map((line) => {
    y -= line.startsWith('>') ? 20 : 10;
    const text = line.replace(/^>|\|$/g, '');
    return { text, left: 70, right: line.endsWith('|') ? 500 : 250, y };
  });
}

it('joins the lines of a paragraph', () => {
  expect(paragraphText(page('Any dispute shall be|', 'settled by|', 'arbitration.'))).toBe('Any dispute shall be settled by arbitration.');
});

describe('begins a paragraph', () => {
  it('after more space than usual', () => {
    expect(paragraphText(page('One line|', 'runs on|', '>and another', 'ends'))).toBe('One line runs on\n\nand another ends');
  });

  it('after a short line that ends a sentence', () => {
    expect(paragraphText(page('This is a|', 'short end.', 'A new one|', 'goes on'))).toBe('This is a short end.\n\nA new one goes on');
  });

  it('at an item and around a heading', () => {
    expect(paragraphText(page('It is agreed that:', '(a) one|', 'goes on;|', '(b) two.', 'GOVERNING LAW', 'The law|', 'of Spain.'))).toBe(
      'It is agreed that:\n\n(a) one goes on;\n\n(b) two.\n\nGOVERNING LAW\n\nThe law of Spain.',
    );
  });
});

it('makes a cut word whole, and keeps the hyphen of a word that has one', () => {
  expect(paragraphText(page('settled by arbi-|', 'tration on a non-|', 'exclusive basis, by Smith-|', 'Jones|', 'alone'))).toBe(
    'settled by arbitration on a non-exclusive basis, by Smith- Jones alone',
  );
});

it('has no text for a page without lines', () => {
  expect(paragraphText([])).toBe('');
});
