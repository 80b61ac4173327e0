interface Signature {
  readonly looksLike: string;
  /** Bytes that stand at `at` (0 unless told). */
  readonly magic: string;
  readonly at?: number;
}

/** First bytes of kinds that are often sent by mistake, longest promise first. Bytes are written as Latin-1. */
const signatures: readonly Signature[] = [
  { looksLike: 'a PNG image', magic: '\x89PNG' },
  { looksLike: 'a JPEG image', magic: '\xff\xd8\xff' },
  { looksLike: 'a GIF image', magic: 'GIF8' },
  { looksLike: 'a TIFF image', magic: 'II*\0' },
  { looksLike: 'a TIFF image', magic: 'MM\0*' },
  { looksLike: 'a WebP image', magic: 'WEBP', at: 8 },
  { looksLike: 'an HEIC image', magic: 'ftyphei', at: 4 },
  { looksLike: 'a video', magic: 'ftyp', at: 4 },
  { looksLike: 'a WAV recording', magic: 'WAVE', at: 8 },
  { looksLike: 'an MP3 recording', magic: 'ID3' },
  { looksLike: 'a gzip archive', magic: '\x1f\x8b' },
  { looksLike: 'a 7z archive', magic: '7z\xbc\xaf\x27\x1c' },
  { looksLike: 'a RAR archive', magic: 'Rar!' },
  { looksLike: 'a bzip2 archive', magic: 'BZh' },
  { looksLike: 'an xz archive', magic: '\xfd7zXZ' },
  { looksLike: 'a Zstandard archive', magic: '\x28\xb5\x2f\xfd' },
  { looksLike: 'an old Office document (DOC, XLS or PPT)', magic: '\xd0\xcf\x11\xe0' },
  { looksLike: 'an RTF document', magic: '{\\rtf' },
  { looksLike: 'a PostScript document', magic: '%!PS' },
  { looksLike: 'an ELF program', magic: '\x7fELF' },
  { looksLike: 'a Windows program', magic: 'MZ\x90' },
  { looksLike: 'an SQLite database', magic: 'SQLite format 3' },
  { looksLike: 'a WebAssembly module', magic: '\0asm' },
];

/** Names in a ZIP archive's first entries that tell an Office document from an archive. */
const zipContents: readonly (readonly [string, string])[] = [
  ['word/', 'a Word document (DOCX)'],
  ['xl/', 'an Excel workbook (XLSX)'],
  ['ppt/', 'a PowerPoint presentation (PPTX)'],
  ['mimetypeapplication/vnd.oasis.opendocument', 'an OpenDocument file (ODT, ODS or ODP)'],
  ['mimetypeapplication/epub', 'an e-book (EPUB)'],
];

/** What the first bytes of a file are, when they are of a kind that holds no readable text. */
export function signatureOf(bytes: Uint8Array): string | undefined {
  if (startsWith(bytes, 'PK\x03\x04')) return zipKind(bytes);
  return signatures.find(({ magic, at = 0 }) => startsWith(bytes, magic, at))?.looksLike;
}

function zipKind(bytes: Uint8Array): string {
  const beginning = latin1(bytes.subarray(0, 8_192));
  const end = latin1(bytes.subarray(-8_192));
  const found = zipContents.find(([name]) => beginning.includes(name) || end.includes(name));
  return found?.[1] ?? 'a ZIP archive';
}

function startsWith(bytes: Uint8Array, magic: string, at = 0): boolean {
  return Array.from(magic).every((letter, index) => bytes[at + index] === letter.charCodeAt(0));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
