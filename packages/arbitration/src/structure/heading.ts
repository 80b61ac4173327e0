/** What a line says about itself when it is a heading. */
export interface Heading {
  /** 1 is the highest. Numbered headings take their depth: `12.3` is 2. */
  readonly level: number;
  /** The words without marks, numbers and the final point. */
  readonly title: string;
  /** How many code units of the line the heading takes; the whole line unless the text runs on after it. */
  readonly length: number;
}

const markdown = /^ {0,3}(#{1,6})[ \t]+(\S.{0,300}?)[ \t]*#*[ \t]*$/;
const boldLine = /^(?:\*\*|__)([^*_]{2,120})(?:\*\*|__)[ \t]*:?$/;
const titled =
  /^(?:article|section|part|chapter|schedule|exhibit|annex|appendix)[ \t]+(?:\d{1,3}(?:\.\d{1,3}){0,3}|[ivxlc]{1,7}|[a-z])\b[.:)]?[ \t]*(?:[-–—:][ \t]*)?([^.;]{0,100})\.?$/i;
const numberedLine = /^(\d{1,3}(?:\.\d{1,3}){0,4}|[IVXLC]{1,7}|[A-Z])[.)]?[ \t]+([A-Z][^;.]{1,100}?)[.:]?$/;
const runIn =
  /^(?:\*\*|__)?(\d{1,3}(?:\.\d{1,3}){1,4}(?=[.) \t])|(?:\d{1,3}|[IVXLC]{1,7}|[A-Z])(?=[.)]))[.)]?(?:\*\*|__)?[ \t]+(?:\*\*|__)?([A-Z][^.:;]{1,80})[.:](?:\*\*|__)?(?=[ \t])/;

/**
 * Reads one line as a heading: Markdown marks, a bold line, `Article IV`, a numbered title, capitals only,
 * or a numbered title that the text runs on after (`12.3 Arbitration. Any dispute …`).
 *
 * @param alone Whether the line is a block of its own; capitals count as a heading only then.
 */
export function headingOf(line: string, alone: boolean): Heading | undefined {
  if (line.length > 400) return runInHeading(line);
  const marked = markdown.exec(line);
  if (marked?.[1] && marked[2]) return { level: marked[1].length, title: plain(marked[2]), length: line.length };
  if (!alone) return runInHeading(line);
  const bold = boldLine.exec(line);
  if (bold?.[1] && /\p{L}/u.test(bold[1])) return { level: 2, title: plain(bold[1]), length: line.length };
  if (titled.test(line)) return { level: 1, title: plain(line), length: line.length };
  const numbered = numberedLine.exec(line);
  if (numbered?.[1] && numbered[2] && isTitle(numbered[2]))
    return { level: depth(numbered[1]), title: plain(numbered[2]), length: line.length };
  if (isCapitals(line)) return { level: 1, title: plain(line), length: line.length };
  return runInHeading(line);
}

/** Capitals only, short, and not the tail of a sentence. */
export function isCapitals(line: string): boolean {
  return line.length <= 100 && /(?:\p{Lu}[^\p{L}]*){5}/u.test(line) && !/\p{Ll}/u.test(line) && !/[,;]$/.test(line);
}

function runInHeading(line: string): Heading | undefined {
  const match = runIn.exec(line.slice(0, 120));
  if (!match?.[1] || !match[2] || !isTitle(match[2])) return undefined;
  return { level: depth(match[1]), title: plain(match[2]), length: match[0].length };
}

/** A title has few words, and when it has more than four, most of the long ones start with a capital. */
function isTitle(words: string): boolean {
  const all = words.split(/\s+/);
  const long = all.filter((word) => /\p{L}{4}/u.test(word));
  const capital = long.filter((word) => /^[^\p{L}]*\p{Lu}/u.test(word));
  return all.length <= 4 || (all.length <= 12 && capital.length * 3 >= long.length * 2);
}

function depth(number: string): number {
  return /^\d/.test(number) ? number.split('.').length : 1;
}

function plain(words: string): string {
  return words
    .replace(/[*_`\\]/g, '')
    .replace(/^\d{1,3}(?:\.\d{1,3}){0,4}[.)]?\s+/, '')
    .replace(/[.:\s]+$/, '')
    .trim();
}
