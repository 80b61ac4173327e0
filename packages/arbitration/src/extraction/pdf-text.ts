import { TuttiError } from '@tutti/core';
import { getDocumentProxy } from 'unpdf';
import { documentError } from '../errors.ts';
import type { ExtractedPage } from './extracted-document.ts';
import { linesOf } from './pdf-lines.ts';
import { paragraphText } from './pdf-paragraphs.ts';

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>;

export interface PdfText {
  readonly text: string;
  readonly pages: readonly ExtractedPage[];
  readonly title?: string;
}

/**
 * The text layer of a PDF, page after page. Nothing in the file is executed, fetched or drawn.
 * @throws DOCUMENT_ENCRYPTED, DOCUMENT_DAMAGED, DOCUMENT_NO_TEXT, DOCUMENT_TOO_LARGE (pages); nothing else.
 */
export async function pdfText(bytes: Uint8Array, maxPages: number): Promise<PdfText> {
  let pdf: Pdf | undefined;
  try {
    // pdf.js takes the buffer over, so it gets a copy. `verbosity: 0` keeps its warnings about odd files off the console.
    pdf = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0, useSystemFonts: false, disableFontFace: true });
    return await readPages(pdf, maxPages);
  } catch (error) {
    throw TuttiError.is(error) ? error : asDocumentError(error);
  } finally {
    // The result is known by now, and a file that was damaged may fail to be put away too.
    await pdf?.destroy().catch(() => undefined);
  }
}

async function readPages(pdf: Pdf, maxPages: number): Promise<PdfText> {
  if (pdf.numPages > maxPages) throw documentError('DOCUMENT_TOO_LARGE', { measure: 'pages', actual: pdf.numPages, limit: maxPages });
  const pages: ExtractedPage[] = [];
  let text = '';
  for (let number = 1; number <= pdf.numPages; number += 1) {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    const own = paragraphText(linesOf(items.filter((item) => 'str' in item)));
    if (text && own) text += '\n\n';
    pages.push({ number, start: text.length, end: text.length + own.length });
    text += own;
    page.cleanup();
  }
  if (!/[\p{L}\p{N}]/u.test(text)) throw documentError('DOCUMENT_NO_TEXT', { kind: 'pdf', pages: pdf.numPages });
  const title = await titleOf(pdf);
  return title ? { text, pages, title } : { text, pages };
}

async function titleOf(pdf: Pdf): Promise<string | undefined> {
  // A title is a courtesy: a file whose metadata cannot be read is read without one.
  const metadata = await pdf.getMetadata().catch(() => undefined);
  const info: unknown = metadata?.info;
  const title = typeof info === 'object' && info !== null && 'Title' in info ? info.Title : undefined;
  return typeof title === 'string' && title.trim() ? title.trim() : undefined;
}

/** pdf.js tells its failures apart by name. */
function asDocumentError(error: unknown): TuttiError {
  const name = error instanceof Error ? error.name : '';
  if (name === 'PasswordException') return documentError('DOCUMENT_ENCRYPTED', { kind: 'pdf' }, { cause: error });
  const problem = error instanceof Error && error.message ? error.message.slice(0, 200) : 'its parts cannot be found';
  return documentError('DOCUMENT_DAMAGED', { kind: 'pdf', problem }, { cause: error });
}
