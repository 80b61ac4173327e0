import { type Span, trimmed } from './span.ts';

/** Longer "sentences" (tables, text without any full stop) are cut, so that whatever reads sentences stays linear. */
const longestSentence = 3_000;

/** Ends no sentence when a number, a letter in brackets or a section sign follows. */
const reference = /(?:^|[\s("'“‘[])(?:nos?|secs?|arts?|paras?|cls?|chs?|pts?|exh?|figs?|vols?|pp?|cf|u\.s\.c|c\.f\.r|fed|r)\.\s*$/i;
const referenced = /^[\d§(]/;
/** Ends no sentence whatever follows. */
const title = /(?:^|[\s("'“‘[])(?:v|vs|e\.g|i\.e|viz|cf|mr|mrs|ms|dr|prof|hon|messrs|st|approx)\.\s*$/i;
/** Ends a sentence only when the next word is one that likes to begin sentences. */
const name =
  /(?:^|[\s("'“‘[])(?:inc|corp|ltd|l\.l\.c|co|bros|jr|sr|al|u\.s|u\.s\.a|u\.k|d\.c|n\.a|s\.a|a\.m|p\.m|p\.o|n\.v|b\.v|[ap]\.c|dept|ave|blvd|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.["')\]”’]?\s*$/i;
const opener =
  /^["'(“‘]?(?:the|this|these|that|those|if|in|any|all|each|every|you|your|we|our|it|its|no|not|notwithstanding|except|unless|upon|for|such|either|neither|both|by|to|as|at|on|when|where|nothing|subject|with|without|after|before|there|should|failure|neither|please)\b/i;
/** A number or letter that counts paragraphs and belongs to what follows. */
const enumerator = /^\s*\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[a-z]|[ivxlc]{1,5}|article\s+\S{1,6}|section\s+\S{1,6})[.)]+\s*$/i;
/** Text without a capital (lower-cased copies) has no sentence ends for Unicode's rules; there a stop and a blank end one. */
const plainStop = /[.?!]{1,3}["')\]”’]{0,3}\s/g;

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/**
 * The sentences of a stretch of text, ordered, not overlapping, holding everything in it that is not blank.
 * Line ends inside the stretch do not end a sentence; legal abbreviations ("Inc.", "Sec. 4", "Doe v. Roe") do not either.
 * A sentence is never longer than 3,000 code units.
 */
export function sentencesOf(text: string, within: Span): readonly Span[] {
  const body = text.slice(within.start, within.end).replace(/[\n\r\u0085\u2028\u2029]/g, ' ');
  const found: Span[] = [];
  let start = 0;
  for (const end of endsOf(body)) {
    if (end < body.length && end - start < longestSentence && continues(body, start, end)) continue;
    for (const piece of pieces(body, start, end)) {
      const span = trimmed(text, { start: within.start + piece.start, end: within.start + piece.end });
      if (span) found.push(span);
    }
    start = end;
  }
  return found;
}

/** Where a sentence may end; the last is the end of the body. */
function* endsOf(body: string): Generator<number> {
  if (/\p{Lu}/u.test(body)) {
    for (const { index, segment } of segmenter.segment(body)) yield afterMarks(body, index + segment.length);
    return;
  }
  for (const stop of body.matchAll(plainStop)) yield stop.index + stop[0].length;
  yield body.length;
}

/** Markdown marks that close what stands before them belong to the sentence before: `**Bold sentence.** Next`. */
function afterMarks(body: string, end: number): number {
  return end + (/^[*_]{1,3}\s/.exec(body.slice(end, end + 4))?.[0].length ?? 0);
}

function continues(body: string, start: number, end: number): boolean {
  const tail = body.slice(Math.max(start, end - 20), end);
  if (!tail.trimEnd().match(/[.)\]"'”’]$/)) return false;
  const next = body.slice(end, end + 20);
  if (end - start < 20 && enumerator.test(tail)) return true;
  if (title.test(tail)) return true;
  if (reference.test(tail)) return referenced.test(next);
  return name.test(tail) && !opener.test(next);
}

/** Cuts what is too long: in the last third, after a semicolon, a colon, a comma or a blank, else inside no surrogate pair. */
function* pieces(body: string, from: number, to: number): Generator<Span> {
  let start = from;
  while (to - start > longestSentence) {
    const floor = start + (longestSentence / 3) * 2;
    const end = cutIn(body.slice(floor, start + longestSentence)) + floor;
    yield { start, end };
    start = end;
  }
  yield { start, end: to };
}

function cutIn(stretch: string): number {
  for (const mark of [';', ':', ',', ' ']) {
    const at = stretch.lastIndexOf(mark);
    if (at !== -1) return at + 1;
  }
  const unit = stretch.charCodeAt(stretch.length - 1);
  return unit >= 0xd800 && unit <= 0xdbff ? stretch.length - 1 : stretch.length;
}
