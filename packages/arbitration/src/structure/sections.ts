import type { Paragraph } from './paragraphs.ts';
import type { Span } from './span.ts';

/** A heading and everything up to the next one. Text before the first heading is a section without a title. */
export interface Section extends Span {
  readonly title?: string;
  /** 1 is the highest; 0 for the text before the first heading. */
  readonly level: number;
}

/** The sections of a text with these paragraphs: flat, ordered, not overlapping, holding every paragraph. */
export function sectionsOf(paragraphs: readonly Paragraph[]): readonly Section[] {
  const found: Section[] = [];
  let open: { start: number; end: number; level: number; title?: string } | undefined;
  for (const { start, end, heading } of paragraphs) {
    if (open && !heading) {
      open.end = end;
      continue;
    }
    if (open) found.push(open);
    open = { start, end, level: heading?.level ?? 0, ...(heading && { title: heading.title }) };
  }
  if (open) found.push(open);
  return found;
}
