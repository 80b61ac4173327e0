import { describe, expect, it } from 'vitest';
import { madeEncryptedPdf, madePdf } from '../../test/made-pdf.ts';
import { extractText } from './extract-text.ts';

const utf8 = (text: string) => Buffer.from(text, 'utf8');

describe('reads', () => {
  it('plain text, as it is but for line ends', async () => {
    expect(await extractText(utf8('One\r\n\r\nTwo'), { fileName: 'a.txt' })).toEqual({
      kind: 'text',
      mediaType: 'text/plain',
      text: 'One\n\nTwo',
    });
  });

  it('Markdown, marks included, so that offsets fit the source', async () => {
    expect(await extractText(utf8('# Terms\n\n**You** agree.'), { fileName: 'a.md' })).toEqual({
      kind: 'markdown',
      mediaType: 'text/markdown',
      text: '# Terms\n\n**You** agree.',
    });
  });

  it('HTML, as a reader sees it', async () => {
    expect(await extractText(utf8('<!doctype html><title>T</title><p>You agree.</p>'), { fileName: 'a.pdf' })).toEqual({
      kind: 'html',
      mediaType: 'text/html',
      text: 'You agree.',
      title: 'T',
    });
  });

  it('PDF, page by page', async () => {
    const document = await extractText(
      madePdf([['Any dispute shall be', 'settled by arbi-', 'tration.'], [], ['The end.']], { title: 'Supply Agreement' }),
    );
    expect(document).toMatchObject({
      kind: 'pdf',
      mediaType: 'application/pdf',
      title: 'Supply Agreement',
      text: 'Any dispute shall be settled by arbitration.\n\nThe end.',
    });
    expect(document.pages?.map(({ number, start, end }) => [number, document.text.slice(start, end)])).toEqual([
      [1, 'Any dispute shall be settled by arbitration.'],
      [2, ''],
      [3, 'The end.'],
    ]);
  });
});

it('leaves the bytes as they are', async () => {
  for (const bytes of [madePdf([['One']]), utf8('One')]) {
    const before = Buffer.from(bytes);
    await extractText(bytes);
    expect(before.equals(bytes)).toBe(true);
  }
});

describe('refuses for good', () => {
  it.each([
    ['DOCUMENT_EMPTY', 'no bytes', Buffer.alloc(0), {}],
    ['DOCUMENT_EMPTY', 'blanks', utf8(`${' '.repeat(70_000)}\n`), {}],
    ['DOCUMENT_UNSUPPORTED', 'an image', Buffer.from('\x89PNG\r\n', 'latin1'), {}],
    ['DOCUMENT_ENCRYPTED', 'a PDF with a password', madeEncryptedPdf(), {}],
    ['DOCUMENT_DAMAGED', 'half a PDF', madePdf([['One']]).subarray(0, 200), {}],
    ['DOCUMENT_DAMAGED', 'a PDF in name only', utf8('%PDF-1.7 but nothing else'), {}],
    ['DOCUMENT_NO_TEXT', 'a PDF without a word', madePdf([[], []]), {}],
    ['DOCUMENT_NO_TEXT', 'a PDF without pages', madePdf([]), {}],
    ['DOCUMENT_NO_TEXT', 'HTML that shows nothing', utf8('<html><script>load()</script></html>'), {}],
    ['DOCUMENT_TOO_LARGE', 'too many bytes', utf8('12345'), { maxBytes: 4 }],
    ['DOCUMENT_TOO_LARGE', 'too many pages', madePdf([['1'], ['2'], ['3']]), { maxPages: 2 }],
  ])('%s: %s', async (code, _, bytes, options) => {
    await expect(extractText(bytes, { fileName: 'contract.pdf' }, options)).rejects.toMatchObject({ code, retryable: false });
  });

  it('with a message that says what to do', async () => {
    const message = await extractText(madePdf([[]])).catch((error: Error) => error.message);
    expect(message).toBe('the PDF holds no text on its only page, so it is probably a scan; run it through text recognition (OCR) first');
  });
});

it('refuses options that make no sense', async () => {
  await expect(extractText(utf8('x'), {}, { maxBytes: 0 })).rejects.toMatchObject({
    code: 'INVALID_OPTIONS',
    details: { path: 'extractText.maxBytes' },
  });
});
