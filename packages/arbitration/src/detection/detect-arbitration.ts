import { type Paragraph, paragraphsOf } from '../structure/paragraphs.ts';
import type { Span } from '../structure/span.ts';
import type { DecidingSpan, Detection, Evidence, ExcludedMention } from './detection.ts';
import { excludeMentions } from './exclude-mentions.ts';
import { foldText } from './folded-text.ts';
import { foldedMention, institutionNamesOf, mentionsOf } from './mentions.ts';
import { type OperativeRule, operativeRules } from './operative-rules.ts';
import { passagesOf } from './passages.ts';
import { stepsFound } from './rule-steps.ts';

const decisive = 0.5;

/** A text, or one whose paragraphs are known already (`segment(text)`). */
export type Readable = string | { readonly text: string; readonly paragraphs?: readonly Paragraph[] };

/**
 * Says whether a text holds an agreement to arbitrate, and where. English only: other languages are read without harm
 * and give no agreement. Time is linear in the length of the text.
 *
 * Every sentence that mentions arbitration is read in two passes: exclusion rules take out mentions that agree on
 * nothing ("litigation, arbitration or other proceeding"), then operative rules look at what is left.
 */
export function detectArbitration(document: Readable): Detection {
  const { text, paragraphs } = typeof document === 'string' ? { text: document } : document;
  const mentions = mentionsOf(text);
  const places = [...mentions, ...institutionNamesOf(text)].sort((a, b) => a - b);
  if (places.length === 0) return { hasArbitration: false, score: 0, mentions: 0, spans: [], evidence: [], excluded: [] };
  const read = passagesOf(text, paragraphs ?? paragraphsOf(text), places).map((passage) => readPassage(text, passage));
  const evidence = read.flatMap((passage) => passage.evidence);
  const score = together(evidence);
  const hasArbitration = score >= decisive;
  const spans = hasArbitration ? decidingSpans(text, read) : [];
  return {
    hasArbitration,
    score,
    mentions: mentions.length,
    spans,
    ...(spans[0] && { decidingSentence: spans[0].text }),
    evidence,
    excluded: read.flatMap((passage) => passage.excluded),
  };
}

interface ReadPassage extends Span {
  readonly rules: readonly OperativeRule[];
  readonly evidence: readonly Evidence[];
  readonly excluded: readonly ExcludedMention[];
}

function readPassage(text: string, { start, end }: Span): ReadPassage {
  const { text: remaining, excluded } = excludeMentions(foldText(text, { start, end }));
  const wordless = remaining.search(foldedMention) === -1;
  const rules = operativeRules.filter((rule) => (!wordless || rule.wordless) && stepsFound(remaining, rule));
  return { start, end, rules, evidence: rules.map(({ id, weight }) => ({ ruleId: id, weight, start, end })), excluded };
}

/** Independent evidence adds up; the same rule met again adds nothing. */
function together(evidence: readonly Evidence[]): number {
  const weights = new Map(evidence.map(({ ruleId, weight }) => [ruleId, weight]));
  const doubt = Array.from(weights.values()).reduce((rest, weight) => rest * (1 - weight), 1);
  return Math.round((1 - doubt) * 10_000) / 10_000;
}

/** The passages that decide by themselves; when only all together do, all that say something. */
function decidingSpans(text: string, passages: readonly ReadPassage[]): readonly DecidingSpan[] {
  const telling = passages.filter(({ rules }) => rules.length > 0).map((passage) => decidingSpan(text, passage));
  const alone = telling.filter(({ span }) => span.score >= decisive);
  return (alone.length > 0 ? alone : telling)
    .toSorted((a, b) => b.strongest - a.strongest || a.span.start - b.span.start)
    .map(({ span }) => span);
}

function decidingSpan(
  text: string,
  { start, end, rules, evidence }: ReadPassage,
): { readonly span: DecidingSpan; readonly strongest: number } {
  const ruleIds = rules.toSorted((a, b) => b.weight - a.weight).map(({ id }) => id);
  const strongest = Math.max(...rules.map(({ weight }) => weight));
  return { span: { start, end, text: text.slice(start, end), score: together(evidence), ruleIds }, strongest };
}
