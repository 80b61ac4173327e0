import { isBlank, type Span } from '../structure/span.ts';
import { matchesOf } from './matches-of.ts';
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

/** Other writings of a letter or mark, by code unit. */
const replaced: ReadonlyMap<number, string> = new Map([
  [0x2018, "'"],
  [0x2019, "'"],
  [0x201c, '"'],
  [0x201d, '"'],
  [0x2010, '-'],
  [0x2011, '-'],
  [0x2013, '-'],
  [0x2014, '-'],
  [0xfb00, 'ff'],
  [0xfb01, 'fi'],
  [0xfb02, 'fl'],
  [0xfb03, 'ffi'],
  [0xfb04, 'ffl'],
]);
/** Markdown marks, soft hyphens and marks of no width. */
const dropped: ReadonlySet<number> = new Set([...'*_`#\\|~[]\u00ad\u200b\u200c\u200d\u2060\ufeff'].map((mark) => mark.charCodeAt(0)));
/** Sticky: a hyphen, a line end and the rest of the word, in one case; and the target of a Markdown link. */
const hyphenation = /[-\u00ad\u2010][ \t]{0,8}\r?\n[ \t]{0,16}(?:(?=\p{Ll})|(?<=\p{Lu}[-\u00ad\u2010]\s{1,26})(?=\p{Lu}))/uy;
const linkTarget = /\]\([^\s()]{0,400}\)/y;
const sticky: ReadonlyMap<number, RegExp> = new Map([
  [0x2d, hyphenation],
  [0xad, hyphenation],
  [0x2010, hyphenation],
  [0x5d, linkTarget],
]);

/** Folds a stretch of `text` in one pass. */
export function foldText(text: string, within: Span = { start: 0, end: text.length }): FoldedText {
  const units: number[] = [];
  const origin: number[] = [];
  let afterBlank = true;
  for (let at = within.start; at < within.end; at += 1) {
    const unit = text.charCodeAt(at);
    const skip = skipped(text, unit, at);
    if (skip > 0) {
      at += skip - 1;
    } else if (isBlank(unit)) {
      if (!afterBlank) {
        units.push(0x20);
        origin.push(at);
      }
      afterBlank = true;
    } else if (!dropped.has(unit)) {
      afterBlank = false;
      const other = unit < 0x80 ? undefined : replaced.get(unit);
      for (let index = 0; index < (other?.length ?? 1); index += 1) {
        units.push(other?.charCodeAt(index) ?? lowered(unit));
        origin.push(at);
      }
    }
  }
  return gathered(Buffer.from(Uint16Array.from(units).buffer).toString('utf16le'), origin, within);
}

function skipped(text: string, unit: number, at: number): number {
  const pattern = sticky.get(unit);
  if (!pattern) return 0;
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

/** Lower case that keeps the length: a few letters grow when lowered, and those stay as they are. */
function lowered(unit: number): number {
  if (unit < 0x80) return unit >= 0x41 && unit <= 0x5a ? unit + 0x20 : unit;
  const lower = String.fromCharCode(unit).toLowerCase();
  return lower.length === 1 ? lower.charCodeAt(0) : unit;
}

/** Closes the gaps in scattered mentions: removes their blanks and hyphens, and the places of these in the way back. */
function gathered(scattered: string, places: readonly number[], within: Span): FoldedText {
  const spoilt = matchesOf(scattered, scatteredMention).filter(([mention]) => damage.test(mention));
  if (spoilt.length === 0) return { text: scattered, original: wayBack(places, within) };
  let text = '';
  const origin: number[] = [];
  let done = 0;
  const keepUntil = (end: number): void => {
    text += scattered.slice(done, end);
    for (let at = done; at < end; at += 1) origin.push(places[at] ?? within.end);
  };
  for (const { 0: mention, index } of spoilt) {
    keepUntil(index);
    done = index + mention.length;
    text += wellRead(mention.replace(/[- ]/g, ''));
    for (let at = index; at < done; at += 1) if (!/[- ]/.test(scattered.charAt(at))) origin.push(places[at] ?? within.end);
  }
  keepUntil(scattered.length);
  return { text, original: wayBack(origin, within) };
}

const damage = /[- 01!]|arbl|tlon|lng/;

/** Letters a scan mistook, in a word without gaps; the length stays. */
function wellRead(mention: string): string {
  return mention
    .replace(/^arb[1l!]/, 'arbi')
    .replace(/t[1l!](?=[o0n])/, 'ti')
    .replace(/[1!]/g, 'i')
    .replace(/0/g, 'o');
}

function wayBack(origin: readonly number[], within: Span): (span: Span) => Span {
  return ({ start, end }) => {
    const first = origin[start] ?? within.end;
    return { start: first, end: end > start ? (origin[end - 1] ?? within.end - 1) + 1 : first };
  };
}
