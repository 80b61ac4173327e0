import type { Span } from '../structure/span.ts';

/** A passage that makes the arbitration agreement or shows that one was made. */
export interface DecidingSpan extends Span {
  /** `text.slice(start, end)` of the text that was read. */
  readonly text: string;
  /** How much this passage says by itself, from 0 to 1. */
  readonly score: number;
  /** The operative rules it met, strongest first. */
  readonly ruleIds: readonly string[];
}

/** One operative rule met by one passage, whether or not the document was found to hold an agreement. */
export interface Evidence extends Span {
  readonly ruleId: string;
  readonly weight: number;
}

/** A mention of arbitration that an exclusion rule took out. */
export interface ExcludedMention extends Span {
  readonly ruleId: string;
}

/** What the detector says about a text. All offsets are UTF-16 code units of that text. */
export interface Detection {
  /** Whether the text holds an agreement to arbitrate: `score >= 0.5`. */
  readonly hasArbitration: boolean;
  /** From 0 (nothing) to 1 (beyond doubt). The rules met add up, each rule once. Not a probability. */
  readonly score: number;
  /** How often arbitration is mentioned at all, excluded mentions included. */
  readonly mentions: number;
  /** The deciding passages, strongest first, each an exact slice; empty without an agreement. */
  readonly spans: readonly DecidingSpan[];
  /** The text of the first span. */
  readonly decidingSentence?: string;
  readonly evidence: readonly Evidence[];
  readonly excluded: readonly ExcludedMention[];
}
