import { type Paragraph, paragraphsOf } from './paragraphs.ts';
import { type Section, sectionsOf } from './sections.ts';
import { sentencesOf } from './sentences.ts';
import type { Span } from './span.ts';

/** A text and its parts. Each list is ordered, without overlaps, and holds every character that is not blank. */
export interface StructuredDocument {
  readonly text: string;
  readonly sections: readonly Section[];
  readonly paragraphs: readonly Paragraph[];
  /** A sentence lies within one paragraph. */
  readonly sentences: readonly Span[];
}

/**
 * Divides a text into sections, paragraphs and sentences. Headings are Markdown headings, bold lines, numbered titles
 * (also when the text runs on after them) and short lines in capitals.
 */
export function segment(text: string): StructuredDocument {
  const paragraphs = paragraphsOf(text);
  return { text, paragraphs, sections: sectionsOf(paragraphs), sentences: paragraphs.flatMap((paragraph) => sentencesOf(text, paragraph)) };
}
