import { type Paragraph, paragraphsOf } from '../structure/paragraphs.ts';
import { sentencesOf } from '../structure/sentences.ts';
import type { Span } from '../structure/span.ts';
import { foldText } from './folded-text.ts';

/** The right to refuse the arbitration agreement, as far as a text grants it. */
export interface OptOut extends Span {
  /** Calendar days to do so; undefined when none are named. */
  readonly days?: number;
}

const numbers: ReadonlyMap<string, number> = new Map([
  ['ten', 10],
  ['fourteen', 14],
  ['fifteen', 15],
  ['twenty', 20],
  ['twenty-one', 21],
  ['thirty', 30],
  ['forty-five', 45],
  ['sixty', 60],
  ['ninety', 90],
]);

const candidate =
  /\bopt(?:ing|ed)?[ -]?out|\breject\b|\bdecline\b|\bexclude yourself|\b(?:not|n['’]t) (?:wish|want) to\b|\bnot to be bound|\bbe bound by\b/i;
/** A sentence without one of these neither grants the right nor gives it a time. */
const telling = /\bopt|\breject|\bdecline|\bexclude|\bbound|\bwish|\bwant|\bnot to|\bdays?\b/i;
const refusal =
  /\bopt(?:ing)?[ -]?out\b|\b(?:reject|decline)\b(?=[^.;]{0,60}\b(?:arbitrat|agreement|provision|section))|\bexclude yourself\b|(?:\bnot|n't) (?:wish|want) to (?:be bound|arbitrate|resolve|agree|have)\b|\b(?:choose|elect|prefer) not to (?:be bound|arbitrate)\b/;
const act = /\b(?:notify|notice|notification|send|sending|email|e-mail|emailing|writing|write|mail|postmarked|letter|form)\b/;
const days =
  /\b(?:within|no later than|not later than|before the end of|in|first|have)(?: the)?(?: first| next)? (?:(\d{1,3})|([a-z]+(?:-[a-z]+)?)(?: \((\d{1,3})\))?)[ -](?:calendar |consecutive )?days?\b|\b(?:(\d{1,3})|([a-z]+(?:-[a-z]+)?)(?: \((\d{1,3})\))?)[ -](?:calendar )?days? (?:of|after|from|following|period)\b/;
/** Refusing a change of the clause, or leaving a mass arbitration, is another right; so is refusing mail. */
const other =
  /\b(?:chang\w*|amend\w*|modif\w*|updat\w*|revis\w*|mass|batch\w*|stage|mediation|mediator|counsel|your case|remaining|marketing|communications?|newsletters?|cookies?|sale of|personal (?:data|information))\b/;
const arbitration = /arbitrat/i;

/** Finds the right to opt out of arbitration; the sentence that names the days is preferred. */
export function optOutIn(text: string, paragraphs: readonly Paragraph[] = paragraphsOf(text)): OptOut | undefined {
  let silent: OptOut | undefined;
  for (const [index, paragraph] of paragraphs.entries()) {
    const body = text.slice(paragraph.start, paragraph.end);
    if (!candidate.test(body)) continue;
    const before = paragraphs[index - 1];
    if (!arbitration.test(body) && !(before && arbitration.test(text.slice(before.start, before.end)))) continue;
    const found = optOutAmong(text, sentencesOf(text, paragraph));
    if (found?.days !== undefined) return found;
    silent ??= found;
  }
  return silent;
}

function optOutAmong(text: string, sentences: readonly Span[]): OptOut | undefined {
  let refusedBefore = false;
  let silent: OptOut | undefined;
  for (const sentence of sentences) {
    if (!telling.test(text.slice(sentence.start, sentence.end))) {
      refusedBefore = false;
      continue;
    }
    const folded = foldText(text, sentence).text;
    const refused = refusal.test(folded) && !other.test(folded);
    const named = refused || (refusedBefore && act.test(folded) && !other.test(folded)) ? daysIn(folded) : undefined;
    if (named !== undefined) return { ...sentence, days: named };
    if (refused && arbitration.test(folded)) silent ??= sentence;
    refusedBefore = refused;
  }
  return silent;
}

function daysIn(sentence: string): number | undefined {
  const match = days.exec(sentence);
  if (!match) return undefined;
  const [, a, b, c, d, e, f] = match;
  const written = a ?? c ?? d ?? f;
  return written ? Number(written) : numbers.get(b ?? e ?? '');
}
