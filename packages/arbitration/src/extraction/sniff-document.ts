import { documentError } from '../errors.ts';
import { decodeText } from './decode-text.ts';
import type { DocumentHint, DocumentKind } from './extracted-document.ts';
import { signatureOf } from './file-signatures.ts';

/** So much of a text is looked at in order to tell its kind. */
const sample = 65_536;

const htmlDocument = /^\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--[\s\S]{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b/i;
const htmlTags =
  /<\/?(?:html|head|body|div|p|span|table|tr|td|ul|ol|li|h[1-6]|br|a|font|title|meta|section|article)(?:\s[^<>]{0,500})?\/?>/gi;
const markdownMarks = /^(?:#{1,6} \S|```|\|[ :|-]{3,}\|$)|\*\*\S[^*\n]{0,200}\*\*|\[[^\]\n]{1,200}\]\([^)\s]{1,400}\)/gm;

/** What `sniffDocument` found: enough to accept a document at the door. */
export interface SniffedDocument {
  readonly kind: DocumentKind;
}

/**
 * Tells the kind of a document from its content, without reading it: cheap, synchronous, for the door where documents
 * come in. The hint decides only between plain text, Markdown and HTML where the content does not.
 *
 * @throws DOCUMENT_EMPTY, DOCUMENT_UNSUPPORTED. A PDF that passes may still turn out encrypted, damaged or without text.
 */
export function sniffDocument(bytes: Uint8Array, hint: DocumentHint = {}): SniffedDocument {
  if (bytes.length === 0) throw documentError('DOCUMENT_EMPTY', { bytes: 0 });
  if (isPdf(bytes)) return { kind: 'pdf' };
  const looksLike = signatureOf(bytes);
  if (looksLike) throw documentError('DOCUMENT_UNSUPPORTED', { looksLike });
  const text = decodeText(bytes.subarray(0, sample), bytes.length > sample);
  if (text === undefined || bytesHoldNul(bytes)) throw documentError('DOCUMENT_UNSUPPORTED', { looksLike: 'binary data' });
  if (bytes.length <= sample && text.trim() === '') throw documentError('DOCUMENT_EMPTY', { bytes: bytes.length });
  return { kind: textKind(text, hint) };
}

/** PDF readers accept a header anywhere in the first kilobyte (ISO 32000-1, annex H, note 13). */
function isPdf(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1_024)).includes('%PDF-');
}

/** UTF-16 is full of zero bytes, so there they say nothing. */
function bytesHoldNul(bytes: Uint8Array): boolean {
  const marked = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return !marked && bytes.includes(0);
}

function textKind(text: string, hint: DocumentHint): Exclude<DocumentKind, 'pdf'> {
  if (htmlDocument.test(text)) return 'html';
  const hinted = hintedKind(hint);
  if (hinted === 'markdown') return 'markdown';
  const tags = countUpTo(text, htmlTags, 5);
  if (tags >= 5 || (hinted === 'html' && tags > 0)) return 'html';
  if (hinted) return 'text';
  return countUpTo(text, markdownMarks, 3) >= 3 ? 'markdown' : 'text';
}

function hintedKind({ mediaType = '', fileName = '' }: DocumentHint): Exclude<DocumentKind, 'pdf'> | undefined {
  const extension = /\.([a-z0-9]{1,8})$/i.exec(fileName)?.[1]?.toLowerCase() ?? '';
  if (/markdown/i.test(mediaType) || ['md', 'markdown', 'mdown', 'mkd'].includes(extension)) return 'markdown';
  if (/html/i.test(mediaType) || ['html', 'htm', 'xhtml'].includes(extension)) return 'html';
  return /^text\/plain/i.test(mediaType) || extension === 'txt' ? 'text' : undefined;
}

function countUpTo(text: string, pattern: RegExp, limit: number): number {
  let count = 0;
  for (const _ of text.matchAll(pattern)) {
    count += 1;
    if (count === limit) break;
  }
  return count;
}
