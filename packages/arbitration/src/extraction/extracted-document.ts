import type { Span } from '../structure/span.ts';

/** How a document was read. */
export type DocumentKind = 'text' | 'markdown' | 'html' | 'pdf';

/** One page of a PDF; its offsets are those of the document's text. A page without text is an empty stretch. */
export interface ExtractedPage extends Span {
  /** Counted from 1. */
  readonly number: number;
}

/** The text of a document. Whatever is found in it later is said in UTF-16 code-unit offsets into `text`. */
export interface ExtractedDocument {
  readonly kind: DocumentKind;
  /** What the content is, whatever the sender called it. */
  readonly mediaType: string;
  /** Paragraphs are separated by a blank line; line ends are `\n`. */
  readonly text: string;
  /** Of a PDF only: ordered, not overlapping. */
  readonly pages?: readonly ExtractedPage[];
  /** The title that an HTML page or a PDF gives itself. */
  readonly title?: string;
}

/** What the sender says about a document. It only chooses between text kinds; the content decides everything else. */
export interface DocumentHint {
  readonly mediaType?: string;
  readonly fileName?: string;
}

export const mediaTypes: Readonly<Record<DocumentKind, string>> = Object.freeze({
  text: 'text/plain',
  markdown: 'text/markdown',
  html: 'text/html',
  pdf: 'application/pdf',
});
