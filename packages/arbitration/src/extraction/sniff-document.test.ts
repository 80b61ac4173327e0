import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { madePdf } from '../../test/made-pdf.ts';
import { sniffDocument } from './sniff-document.ts';

const utf8 = (text: string) => Buffer.from(text, 'utf8');
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const zip = (name: string) => latin1(`PK\x03\x04\x14\0\0\0${name}`);

describe('the content decides', () => {
  it.each([
    ['a PDF called text', madePdf([['x']]), { fileName: 'contract.txt', mediaType: 'text/plain' }, 'pdf'],
    ['a PDF behind a mail header', Buffer.concat([latin1('X-Header: 1\r\n\r\n'), madePdf([['x']])]), {}, 'pdf'],
    ['HTML called text', utf8('<!DOCTYPE html><html><body>Terms</body></html>'), { fileName: 'terms.txt' }, 'html'],
    ['HTML after a comment', utf8('<!-- saved -->\n<html lang="en">Terms</html>'), {}, 'html'],
    ['HTML without a head', utf8('<div><p>One</p><p>Two</p><p>Three</p></div>'), {}, 'html'],
    ['text called PDF', utf8('Any dispute is settled by arbitration.'), { fileName: 'contract.pdf', mediaType: 'application/pdf' }, 'text'],
    ['Markdown without a name', utf8('# Terms\n\n**You** agree.\n\n## Disputes\n'), {}, 'markdown'],
    ['plain text with numbered lines', utf8('1. Price\n2. Term\n3. Disputes\n4. Law\n'), {}, 'text'],
    ['text with comparisons', utf8('if a < b and c > d then'), {}, 'text'],
  ])('%s', (_, bytes, hint, kind) => {
    expect(sniffDocument(bytes, hint)).toEqual({ kind });
  });
});

describe('the hint decides between text kinds', () => {
  it.each([
    [{ fileName: 'terms.md' }, 'markdown'],
    [{ fileName: 'TERMS.MARKDOWN' }, 'markdown'],
    [{ mediaType: 'text/markdown; charset=utf-8' }, 'markdown'],
    [{ fileName: 'terms.txt' }, 'text'],
    [{ mediaType: 'text/html' }, 'text'],
    [{ fileName: 'terms.docx' }, 'text'],
    [{}, 'text'],
  ])('%o', (hint, kind) => {
    expect(sniffDocument(utf8('The parties agree.'), hint)).toEqual({ kind });
  });

  it('takes one tag for HTML only when it was called so', () => {
    expect(sniffDocument(utf8('one<br>two'), { mediaType: 'text/html' })).toEqual({ kind: 'html' });
    expect(sniffDocument(utf8('one<br>two'))).toEqual({ kind: 'text' });
  });
});

describe('names what cannot be read, whatever it is called', () => {
  it.each([
    ['a PNG image', latin1('\x89PNG\r\n\x1a\n')],
    ['a JPEG image', latin1('\xff\xd8\xff\xe0\0\x10JFIF')],
    ['a gzip archive', gzipSync('text')],
    ['an ELF program', latin1('\x7fELF\x02\x01')],
    ['a ZIP archive', zip('readme.txt')],
    ['a Word document (DOCX)', zip('word/document.xml')],
    ['an Excel workbook (XLSX)', zip('xl/workbook.xml')],
    ['an OpenDocument file (ODT, ODS or ODP)', zip('mimetypeapplication/vnd.oasis.opendocument.text')],
    ['an old Office document (DOC, XLS or PPT)', latin1('\xd0\xcf\x11\xe0\xa1\xb1')],
    ['an RTF document', latin1('{\\rtf1 arbitration}')],
    ['binary data', deflateSync(Buffer.alloc(5_000, 'arbitration clauses of every kind'))],
    ['binary data', utf8('text\0text')],
  ])('%s', (looksLike, bytes) => {
    expect(() => sniffDocument(bytes, { fileName: 'contract.pdf', mediaType: 'application/pdf' })).toThrow(
      expect.objectContaining({ code: 'DOCUMENT_UNSUPPORTED', retryable: false, details: { looksLike } }),
    );
  });

  it('also when the bad bytes come late', () => {
    const late = Buffer.concat([utf8('word '.repeat(20_000)), Buffer.from([0])]);
    expect(() => sniffDocument(late)).toThrow(expect.objectContaining({ code: 'DOCUMENT_UNSUPPORTED' }));
  });
});

it.each([
  ['no bytes', Buffer.alloc(0)],
  ['blanks', utf8(' \r\n\t ')],
  ['a byte order mark', Buffer.from([0xef, 0xbb, 0xbf])],
])('refuses %s as empty', (_, bytes) => {
  expect(() => sniffDocument(bytes)).toThrow(expect.objectContaining({ code: 'DOCUMENT_EMPTY', retryable: false }));
});

it('is not misled by a letter that the sample cuts in two', () => {
  expect(sniffDocument(utf8(`a${'é'.repeat(40_000)}`))).toEqual({ kind: 'text' });
  expect(sniffDocument(utf8(`a${'仲'.repeat(30_000)}`))).toEqual({ kind: 'text' });
});
