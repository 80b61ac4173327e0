import { headingOf } from '../structure/heading.ts';
import type { PdfLine } from './pdf-lines.ts';

const ended = /[.:;?!]["'”’)]?$/;
const item = /^(?:[-•●▪◦*] ?\S|\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[a-z]|[ivx]{1,5})[.)] )/i;
/** A hyphen that belongs to the word also when the line does not end: "non-exclusive", "third-party". */
const kept =
  /\b(?:non|self|third|co|pre|post|ex|well|anti|multi|cross|sub|semi|inter|intra|quasi|all|first|second|one|two|three|long|short|so)-$/i;

/**
 * Joins the lines of a page into paragraphs, one a line of the result, separated by blank lines. A PDF knows lines only,
 * so a paragraph is ended by what a reader goes by: more space than usual, a short line that ends a sentence, a heading,
 * a numbered item. A word that a line end had cut is made whole.
 */
export function paragraphText(lines: readonly PdfLine[]): string {
  const leading = usualLeading(lines);
  const right = Math.max(0, ...lines.map((line) => line.right).filter(Number.isFinite));
  let text = '';
  for (const [index, line] of lines.entries()) {
    const before = lines[index - 1];
    if (!before) text = line.text;
    else if (breaks(before, line, leading, right)) text += `\n\n${line.text}`;
    else text = joined(text, line.text);
  }
  return text;
}

function breaks(before: PdfLine, line: PdfLine, leading: number, right: number): boolean {
  const space = before.y - line.y;
  if (leading > 0 && (space > leading * 1.4 || space < -leading)) return true;
  if (item.test(line.text) && (ended.test(before.text) || before.right < right * 0.9)) return true;
  if (wholeHeading(before.text) || (wholeHeading(line.text) && before.right < right * 0.9)) return true;
  return ended.test(before.text) && before.right < right * 0.85;
}

function wholeHeading(text: string): boolean {
  return text.length < 100 && headingOf(text, true)?.length === text.length;
}

function joined(text: string, next: string): string {
  if (/\p{L}-$/u.test(text.slice(-3)) && /^\p{Ll}/u.test(next)) return (kept.test(text.slice(-12)) ? text : text.slice(0, -1)) + next;
  return `${text} ${next}`;
}

/** The distance between two lines that occurs most often, in rounded units of the page. */
function usualLeading(lines: readonly PdfLine[]): number {
  const counts = new Map<number, number>();
  for (const [index, line] of lines.entries()) {
    const space = Math.round((lines[index - 1]?.y ?? Number.NaN) - line.y);
    if (space > 0) counts.set(space, (counts.get(space) ?? 0) + 1);
  }
  return Array.from(counts).reduce((best, entry) => (entry[1] > best[1] ? entry : best), [0, 0])[0] ?? 0;
}
