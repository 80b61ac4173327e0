import type { ExcludedMention } from './detection.ts';
import { exclusionRules } from './exclusion-rules.ts';
import type { FoldedText } from './folded-text.ts';
import { foldedMention } from './mentions.ts';

export interface Remaining {
  /** The folded text with the excluded mentions blotted out, as long as before. */
  readonly text: string;
  readonly excluded: readonly ExcludedMention[];
}

/** Takes the mentions out that are no agreement, so that the operative rules do not see them. */
export function excludeMentions(folded: FoldedText): Remaining {
  const excluded: ExcludedMention[] = [];
  let text = folded.text;
  for (const { id, pattern, scope } of exclusionRules) {
    for (const match of folded.text.matchAll(pattern)) {
      const from = scope === 'match' ? match.index : 0;
      const to = scope === 'match' ? match.index + match[0].length : text.length;
      const blotted = text.slice(from, to).replace(foldedMention, (mention, ...rest: unknown[]) => {
        const start = from + Number(rest.find((part) => typeof part === 'number'));
        excluded.push({ ruleId: id, ...folded.original({ start, end: start + mention.length }) });
        return '×'.repeat(mention.length);
      });
      text = text.slice(0, from) + blotted + text.slice(to);
      if (scope === 'sentence') break;
    }
  }
  return { text, excluded };
}
