import type { Span } from '../structure/span.ts';
import { scatteredMention } from './mentions.ts';

/** A stretch of text as the rules read it, with the way back to the original. */
export interface FoldedText {
  /**
   * Lower case, one blank between words, straight quotes, no Markdown marks and link targets, words joined that a line
   * end had cut, and the word arbitration whole where a scan had scattered its letters.
   */
  readonly text: string;
  /** The stretch of the original that this stretch of the folded text was made from. */
  original(span: Span): Span;
}

const replaced: ReadonlyMap<string, string> = new Map([
  ['‘', "'"],
  ['’', "'"],
  ['“', '"'],
  ['”', '"'],
  ['‐', '-'],
  ['‑', '-'],
  ['–', '-'],
  ['—', '-'],
  ['ﬀ', 'ff'],
  ['ﬁ', 'fi'],
  ['ﬂ', 'fl'],
  ['ﬃ', 'ffi'],
  ['ﬄ', 'ffl'],
]);
const dropped = /[*_`#\\|~[\]\u00ad\u200b-\u200d\u2060\ufeff]/;
const blank = /\s/;
/** Sticky: a hyphen, a line end and the rest of the word; and the target of a Markdown link. */
const hyphenation = /[-\u00ad\u2010][ \t]{0,8}\r?\n[ \t]{0,16}(?=\p{Ll})/uy;
const linkTarget = /\]\([^\s()]{0,400}\)/y;

/** Folds a stretch of `text` in one pass. */
export function foldText(text: string, within: Span = { start: 0, end: text.length }): FoldedText {
  const units: string[] = [];
  const origin: number[] = [];
  const put = (value: string, at: number): void => {
    for (const unit of value) {
      units.push(unit);
      origin.push(at);
    }
  };
  let afterBlank = true;
  for (let at = within.start; at < within.end; at += 1) {
    const unit = text.charAt(at);
    const skip = skipped(text, unit, at);
    if (skip > 0) {
      at += skip - 1;
    } else if (blank.test(unit)) {
      if (!afterBlank) put(' ', at);
      afterBlank = true;
    } else if (!dropped.test(unit)) {
      put(replaced.get(unit) ?? lowered(unit), at);
      afterBlank = false;
    }
  }
  return gathered(units.join(''), origin, within);
}

function skipped(text: string, unit: string, at: number): number {
  const pattern = unit === ']' ? linkTarget : unit === '-' || unit === '\u00ad' || unit === '\u2010' ? hyphenation : undefined;
  if (!pattern) return 0;
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

/** Lower case that keeps the length: a few letters grow when lowered, and those stay as they are. */
function lowered(unit: string): string {
  const lower = unit.toLowerCase();
  return lower.length === unit.length ? lower : unit;
}

/** Closes the gaps in scattered mentions: removes their blanks, and the places of these in the way back. */
function gathered(scattered: string, places: readonly number[], within: Span): FoldedText {
  let text = '';
  const origin: number[] = [];
  const keep = (from: number, to: number): void => {
    text += scattered.slice(from, to);
    for (let at = from; at < to; at += 1) origin.push(places[at] ?? within.end);
  };
  let done = 0;
  for (const match of scattered.matchAll(scatteredMention)) {
    keep(done, match.index);
    for (const [index, letter] of Array.from(match[0]).entries()) {
      if (letter === ' ') continue;
      text += letter === '0' ? 'o' : letter === '1' || letter === '!' ? 'i' : letter;
      origin.push(places[match.index + index] ?? within.end);
    }
    done = match.index + match[0].length;
  }
  keep(done, scattered.length);
  return {
    text: text.replace(/\barbltra/g, 'arbitra'),
    original: ({ start, end }) => {
      const first = origin[start] ?? within.end;
      return { start: first, end: end > start ? (origin[end - 1] ?? within.end - 1) + 1 : first };
    },
  };
}
