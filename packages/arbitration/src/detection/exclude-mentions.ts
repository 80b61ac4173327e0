import type { ExcludedMention } from './detection.ts';
import { exclusionRules, madeAgreement } from './exclusion-rules.ts';
import type { FoldedText } from './folded-text.ts';
import { matchesOf } from './matches-of.ts';
import { foldedMention } from './mentions.ts';

export interface Remaining {
  /** The folded text with the excluded mentions blotted out, as long as before. */
  readonly text: string;
  readonly excluded: readonly ExcludedMention[];
}

/** Takes the mentions out that are no agreement, so that the operative rules do not see them. */
export function excludeMentions(folded: FoldedText): Remaining {
  const excluded: ExcludedMention[] = [];
  const agreed = madeAgreement.test(folded.text);
  let { text } = folded;
  for (const { id, pattern, scope } of exclusionRules) {
    if (scope === 'sentence' && agreed) continue;
    for (const { index, 0: match } of matchesOf(folded.text, pattern)) {
      const from = scope === 'match' ? index : 0;
      const to = scope === 'match' ? index + match.length : text.length;
      for (const mention of matchesOf(text.slice(from, to), foldedMention)) {
        const start = from + mention.index;
        const end = start + mention[0].length;
        excluded.push({ ruleId: id, ...folded.original({ start, end }) });
        text = text.slice(0, start) + '×'.repeat(end - start) + text.slice(end);
      }
      if (scope === 'sentence') break;
    }
  }
  return { text, excluded };
}
