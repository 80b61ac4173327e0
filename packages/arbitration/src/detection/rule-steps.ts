import { matchesOf } from './matches-of.ts';

/** Patterns to be found in this order; each match begins at most `gaps[i]` code units after the match before it ends. */
export interface Steps {
  readonly steps: readonly RegExp[];
  readonly gaps: readonly number[];
}

/**
 * Whether the steps are found in `text`, in time linear in its length times the number of steps: each step is searched
 * for once, and only matches that some match of the step before leads to are kept. One expression with two gaps would
 * try every pair.
 */
export function stepsFound(text: string, { steps, gaps }: Steps): boolean {
  let ends: readonly number[] | undefined;
  for (const [index, step] of steps.entries()) {
    ends = reached(text, step, ends, gaps[index - 1] ?? 0);
    if (ends.length === 0) return false;
  }
  return true;
}

function reached(text: string, step: RegExp, before: readonly number[] | undefined, gap: number): readonly number[] {
  const ends: number[] = [];
  let at = 0;
  for (const match of matchesOf(text, step)) {
    while (before && at < before.length && (before[at] ?? 0) + gap < match.index) at += 1;
    if (!before || (before[at] ?? Number.POSITIVE_INFINITY) <= match.index) ends.push(match.index + match[0].length);
  }
  return ends;
}
