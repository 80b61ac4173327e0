import type { Paragraph } from '../structure/paragraphs.ts';
import { sentencesOf } from '../structure/sentences.ts';
import type { Span } from '../structure/span.ts';

/** How far a sentence is followed over breaks that a page, a list or a double-spaced line put into it. */
const reach = 1_500;

const furniture = /^(?:source:.*|.{0,60}\bpage \d{1,4}(?: of \d{1,4})?.{0,20}|[-–\s]*\d{1,4}[-–\s]*|\[?\*+\]?)$/i;
const openEnd = /[\p{L}\p{N},;:(–-]$/u;
const lowerCase = /^["“'(]?\p{Ll}(?![.)] )/u;
/** An item of a list continues only a sentence that announced it, or an item before it. */
const listed = /[,;:]$|[,;:] ?(?:and|or)$/;
const item = /^\(?(?:[a-z]|[ivx]{1,4}|\d{1,2})[.)] /;

/**
 * The sentences that hold one of the `places`, whole: one that runs on over a page break or through the items of a
 * list is followed in both directions. Passages are ordered and do not overlap.
 */
export function passagesOf(text: string, paragraphs: readonly Paragraph[], places: readonly number[]): readonly Span[] {
  const found: Span[] = [];
  let done = 0;
  let next = 0;
  for (const [index, paragraph] of paragraphs.entries()) {
    next = skipTo(places, next, Math.max(paragraph.start, done));
    if ((places[next] ?? paragraph.end) >= paragraph.end) continue;
    for (const sentence of sentencesOf(text, paragraph)) {
      next = skipTo(places, next, Math.max(sentence.start, done));
      if ((places[next] ?? sentence.end) >= sentence.end) continue;
      const passage = {
        start: Math.max(done, sentence.start === paragraph.start ? startOf(text, paragraphs, index) : sentence.start),
        end: sentence.end === paragraph.end ? endOf(text, paragraphs, index) : sentence.end,
      };
      found.push(passage);
      done = passage.end;
    }
  }
  return found;
}

function skipTo(places: readonly number[], from: number, start: number): number {
  let next = from;
  while (next < places.length && (places[next] ?? 0) < start) next += 1;
  return next;
}

/** Where the sentence that a paragraph begins with really begins. */
function startOf(text: string, paragraphs: readonly Paragraph[], index: number): number {
  let start = paragraphs[index]?.start ?? 0;
  const limit = start - reach;
  for (let at = index; ; ) {
    const own = paragraphs[at];
    const before = neighbour(text, paragraphs, at, -1);
    const previous = paragraphs[before];
    if (!own || !previous || !runsOn(text, previous, own)) return start;
    const last = sentencesOf(text, { start: Math.max(previous.start, limit), end: previous.end }).at(-1);
    if (!last || last.start < limit) return start;
    start = last.start;
    if (last.start > previous.start) return start;
    at = before;
  }
}

/** Where the sentence that a paragraph ends with really ends. */
function endOf(text: string, paragraphs: readonly Paragraph[], index: number): number {
  let end = paragraphs[index]?.end ?? text.length;
  const limit = end + reach;
  for (let at = index; ; ) {
    const own = paragraphs[at];
    const after = neighbour(text, paragraphs, at, 1);
    const following = paragraphs[after];
    if (!own || !following || !runsOn(text, own, following)) return end;
    const first = sentencesOf(text, { start: following.start, end: Math.min(following.end, limit) }).at(0);
    if (!first || first.end > limit) return end;
    end = first.end;
    if (first.end < following.end) return end;
    at = after;
  }
}

/** The next paragraph that is not a page number, a page header or a filing mark. */
function neighbour(text: string, paragraphs: readonly Paragraph[], index: number, step: 1 | -1): number {
  let at = index + step;
  for (let skipped = 0; skipped < 3; skipped += 1) {
    const paragraph = paragraphs[at];
    if (!paragraph || paragraph.end - paragraph.start > 100 || !furniture.test(text.slice(paragraph.start, paragraph.end))) return at;
    at += step;
  }
  return at;
}

function runsOn(text: string, first: Paragraph, second: Paragraph): boolean {
  if (second.heading || (first.heading && first.heading.length === first.end - first.start)) return false;
  const tail = text.slice(Math.max(first.start, first.end - 8), first.end);
  const head = text.slice(second.start, second.start + 8);
  return item.test(head) ? listed.test(tail) : openEnd.test(tail) && lowerCase.test(head);
}
