import { type Heading, headingOf, isCapitals } from './heading.ts';
import { type Span, trimmed } from './span.ts';

/** A block of lines that belong together, with the heading it starts with, if it does. */
export interface Paragraph extends Span {
  readonly heading?: Heading;
}

const underline = /^(?:={3,}|-{3,})$/;
const listItem = /^\s*(?:[-*+•●▪][ \t]|\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[a-z]|[ivx]{1,5})[.)][ \t])/i;

/**
 * Splits at blank lines, and inside a block before list items and headings.
 * The paragraphs are ordered, do not overlap, and hold every character of the text that is not blank.
 */
export function paragraphsOf(text: string): readonly Paragraph[] {
  const found: Paragraph[] = [];
  for (const block of blocksOf(text)) addBlock(text, block, found);
  return found;
}

/** Runs of lines that are not blank, each as the list of its trimmed lines. */
function* blocksOf(text: string): Generator<readonly Span[]> {
  let block: Span[] = [];
  let start = 0;
  while (start <= text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const line = trimmed(text, { start, end });
    if (line) block.push(line);
    else if (block.length > 0) {
      yield block;
      block = [];
    }
    start = end + 1;
  }
  if (block.length > 0) yield block;
}

function addBlock(text: string, lines: readonly Span[], found: Paragraph[]): void {
  const words = lines.map((line) => text.slice(line.start, line.end));
  let open: { start: number; end: number; heading?: Heading } | undefined;
  for (const [index, line] of lines.entries()) {
    const own = words[index] ?? '';
    if (isUnderline(words, index)) {
      const title = found.at(-1);
      if (title) found[found.length - 1] = underlined(title, line, own);
      continue;
    }
    const heading = isUnderline(words, index + 1)
      ? { level: 1, title: own, length: own.length }
      : headingOf(own, standsAlone(words, index));
    if (open && !heading && !listItem.test(own)) {
      open.end = line.end;
      continue;
    }
    if (open) found.push(open);
    open = heading ? { ...line, heading } : { ...line };
    if (heading && heading.length === own.length) {
      found.push(open);
      open = undefined;
    }
  }
  if (open) found.push(open);
}

/** Markdown's other way to write a heading: a first line with a line of `=` or `-` under it. */
function isUnderline(words: readonly string[], index: number): boolean {
  return index === 1 && underline.test(words[1] ?? '') && (words[0] ?? '').length <= 300;
}

/** The line under a heading belongs to it, and tells its level. */
function underlined(title: Paragraph, line: Span, marks: string): Paragraph {
  const level = marks.startsWith('=') ? 1 : 2;
  return { start: title.start, end: line.end, heading: { level, title: title.heading?.title ?? '', length: line.end - title.start } };
}

/** A line may be a heading by its looks only where it cannot be a line of running text that happens to look so. */
function standsAlone(words: readonly string[], index: number): boolean {
  if (words.length === 1) return true;
  const own = words[index] ?? '';
  const next = words[index + 1];
  return index === 0 && next !== undefined && isCapitals(own) && !isCapitals(next);
}
