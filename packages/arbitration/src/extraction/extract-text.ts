import { checkOptions, wholeNumber } from '@tutti/core';
import { documentError } from '../errors.ts';
import { decodeText } from './decode-text.ts';
import { type DocumentHint, type DocumentKind, type ExtractedDocument, mediaTypes } from './extracted-document.ts';
import { htmlText } from './html-text.ts';
import { pdfText } from './pdf-text.ts';
import { sniffDocument } from './sniff-document.ts';

export interface ExtractOptions {
  /** Larger documents are refused before they are read. @defaultValue 20_971_520 (20 MB) */
  readonly maxBytes?: number;
  /** PDFs with more pages are refused, because half a contract would give a wrong answer. @defaultValue 2_000 */
  readonly maxPages?: number;
}

export const extractDefaults = { maxBytes: 20_971_520, maxPages: 2_000 } as const;

/**
 * Reads the text of a document: plain text, Markdown, HTML, or PDF with a text layer. The content decides what it is;
 * the hint only tells text kinds apart. Needs no network and leaves the bytes as they are.
 *
 * @throws DOCUMENT_EMPTY, DOCUMENT_UNSUPPORTED, DOCUMENT_ENCRYPTED, DOCUMENT_DAMAGED, DOCUMENT_NO_TEXT,
 * DOCUMENT_TOO_LARGE, none of them retryable; INVALID_OPTIONS.
 *
 * @example
 * ```ts
 * import { extractText } from '@tutti/arbitration';
 *
 * const page = new TextEncoder().encode('<html><title>Terms</title><p>You agree to arbitrate.</p></html>');
 * const { kind, title, text } = await extractText(page, { fileName: 'terms.txt' });
 * console.log(kind, title, text);
 * ```
 */
export async function extractText(bytes: Uint8Array, hint: DocumentHint = {}, options?: ExtractOptions): Promise<ExtractedDocument> {
  const { maxBytes, maxPages } = checkOptions(
    'extractText',
    options,
    { optional: { maxBytes: wholeNumber({ min: 1 }), maxPages: wholeNumber({ min: 1 }) } },
    extractDefaults,
  );
  if (bytes.length > maxBytes) throw documentError('DOCUMENT_TOO_LARGE', { measure: 'bytes', actual: bytes.length, limit: maxBytes });
  const { kind } = sniffDocument(bytes, hint);
  return { kind, mediaType: mediaTypes[kind], ...(kind === 'pdf' ? await pdfText(bytes, maxPages) : readText(bytes, kind)) };
}

function readText(bytes: Uint8Array, kind: Exclude<DocumentKind, 'pdf'>): { readonly text: string; readonly title?: string } {
  const decoded = decodeText(bytes);
  if (decoded === undefined) throw documentError('DOCUMENT_UNSUPPORTED', { looksLike: 'binary data' });
  const read = kind === 'html' ? htmlText(decoded) : { text: decoded };
  if (read.text.trim() === '')
    throw kind === 'html' ? documentError('DOCUMENT_NO_TEXT', { kind: 'html' }) : documentError('DOCUMENT_EMPTY', { bytes: bytes.length });
  return read;
}
