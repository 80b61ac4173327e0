import { printable, printableJson } from './printable.ts';

type Row = Readonly<Record<string, unknown>>;

const widest = 60;

/** Rows under a header, a column for each member that any row has, in the order in which they first appear. */
export function table(rows: readonly Row[]): string {
  if (rows.length === 0) return '(nothing)\n';
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const cells = rows.map((row) => columns.map((column) => cell(row[column])));
  const header = columns.map(printable);
  const widths = columns.map((_column, index) => Math.max(...[header, ...cells].map((line) => (line[index] ?? '').length)));
  const line = (parts: readonly string[]): string =>
    `${parts
      .map((part, index) => part.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  return [header, widths.map((width) => '-'.repeat(width)), ...cells].map(line).join('');
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = printable(typeof value === 'object' ? printableJson(value) : String(value));
  return text.length > widest ? `${text.slice(0, widest - 1)}…` : text;
}
