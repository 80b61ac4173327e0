/** The part of a piece of PDF text that is read here, as pdf.js hands it out. */
export interface PdfItem {
  readonly str: string;
  /** The last two are the position of the piece's left end on its base line, from the page's lower left corner. */
  readonly transform: readonly number[];
  readonly width: number;
  readonly hasEOL: boolean;
}

/** One printed line. */
export interface PdfLine {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

/** Puts the pieces of a page together into its lines. Lines without a word are left out. */
export function linesOf(items: readonly PdfItem[]): readonly PdfLine[] {
  const lines: PdfLine[] = [];
  let pieces: PdfItem[] = [];
  for (const item of items) {
    pieces.push(item);
    if (!item.hasEOL) continue;
    addLine(pieces, lines);
    pieces = [];
  }
  addLine(pieces, lines);
  return lines;
}

function addLine(pieces: readonly PdfItem[], lines: PdfLine[]): void {
  const words = pieces.filter(({ str }) => str.trim() !== '');
  const text = pieces
    .map(({ str }) => str)
    .join('')
    .replace(/\s+/g, ' ')
    .trim();
  const first = words[0];
  const last = words.at(-1);
  if (!first || !last) return;
  lines.push({ text, left: first.transform[4] ?? 0, right: (last.transform[4] ?? 0) + last.width, y: first.transform[5] ?? 0 });
}
