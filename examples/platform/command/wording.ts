import type { DocumentView } from '../contract/document.ts';

/** What a person reads about one document. */
export function finding(name: string, { report, failure }: Pick<DocumentView, 'report' | 'failure'>): string {
  if (failure) return `  ✗ ${name}\n      not read: ${failure.reason}`;
  if (!report) return `  … ${name}\n      not finished yet`;
  const [deciding] = report.spans;
  if (!report.hasArbitration || !deciding)
    return `  ○ ${name}\n      no arbitration agreement found (${counted(report.extraction.characters)} characters read)`;
  return `  ● ${name}\n      binds to arbitration (score ${report.score.toFixed(2)}), decided at characters ${deciding.start}–${deciding.end}:\n      “${shortened(deciding.text)}”`;
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= 240 ? line : `${line.slice(0, 239).trimEnd()}…`;
}

/** 12345 → 12,345 */
function counted(value: number): string {
  return value.toLocaleString('en');
}
