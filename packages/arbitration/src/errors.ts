import { defineErrors, type ErrorFactory, type ErrorSpec } from '@tutti/core';

/** Everything that makes a document unreadable. None is retryable: the same bytes fail again, so the sender must act. */
export interface DocumentErrors {
  readonly DOCUMENT_EMPTY: ErrorSpec<{ bytes: number }>;
  readonly DOCUMENT_UNSUPPORTED: ErrorSpec<{ looksLike: string }>;
  readonly DOCUMENT_ENCRYPTED: ErrorSpec<{ kind: 'pdf' }>;
  readonly DOCUMENT_DAMAGED: ErrorSpec<{ kind: 'pdf' | 'html'; problem: string }>;
  readonly DOCUMENT_NO_TEXT: ErrorSpec<{ kind: 'pdf' | 'html'; pages?: number }>;
  readonly DOCUMENT_TOO_LARGE: ErrorSpec<{ measure: 'bytes' | 'pages'; actual: number; limit: number }>;
}

export const documentErrors: DocumentErrors = {
  DOCUMENT_EMPTY: {
    retryable: false,
    message: (d) => `the document has no content (${d.bytes} bytes); send the file again after checking that it opens and is not blank`,
  },
  DOCUMENT_UNSUPPORTED: {
    retryable: false,
    message: (d) => `the document looks like ${d.looksLike}, which cannot be read; send it as PDF with text, HTML, Markdown or plain text`,
  },
  DOCUMENT_ENCRYPTED: {
    retryable: false,
    message: () => 'the PDF needs a password to be opened; remove the password and send it again',
  },
  DOCUMENT_DAMAGED: {
    retryable: false,
    message: (d) => `the ${d.kind === 'pdf' ? 'PDF' : 'HTML'} is damaged (${d.problem}); open it, save it anew and send the new file`,
  },
  DOCUMENT_NO_TEXT: {
    retryable: false,
    message: (d) =>
      d.kind === 'pdf'
        ? `the PDF holds no text on ${d.pages === 1 ? 'its only page' : `its ${d.pages ?? 0} pages`}, so it is probably a scan; run it through text recognition (OCR) first`
        : 'the HTML page shows no text; send the page as it looks after loading, for example saved from a browser',
  },
  DOCUMENT_TOO_LARGE: {
    retryable: false,
    message: (d) =>
      `the document has ${d.actual} ${d.measure}, and ${d.limit} are the limit; send the part that matters, or raise the limit`,
  },
};

export const documentError: ErrorFactory<DocumentErrors> = defineErrors(documentErrors);
