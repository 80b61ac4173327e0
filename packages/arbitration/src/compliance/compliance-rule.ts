import type { Attributes } from '../detection/attributes.ts';
import type { Detection } from '../detection/detection.ts';
import type { OptOut } from '../detection/opt-out.ts';
import type { Span } from '../structure/span.ts';

/** Where a rule comes from, so that a reader can look it up. */
export interface RuleSource {
  readonly title: string;
  readonly url?: string;
  /** The day whose law the rule describes, `YYYY-MM-DD`. Later changes are not in it. */
  readonly asOf: string;
}

/** What a rule looks at. */
export interface Reading {
  readonly text: string;
  readonly detection: Detection;
  readonly attributes: Attributes;
  readonly optOut?: OptOut;
  /** Every place where a pattern is met; patterns are read over lower-cased text with straight quotes and single blanks. */
  find(pattern: RegExp): readonly Span[];
}

export type Severity = 'info' | 'warning' | 'error';
export type Verdict = 'pass' | 'fail' | 'unknown';

export interface Outcome {
  readonly verdict: Verdict;
  /** What was seen, in a sentence for the reader. */
  readonly message: string;
  readonly evidence: readonly Span[];
}

/**
 * A rule as data. `check` is asked only where `appliesWhen` holds. A text that is silent is `unknown`, unless the rule
 * is about a sentence that has to be there.
 */
export interface ComplianceRule {
  readonly id: string;
  /** Goes up when the meaning of the rule changes. */
  readonly version: number;
  readonly title: string;
  /** `US`, `US-NJ`, `EU`; empty for good practice anywhere. */
  readonly jurisdictions: readonly string[];
  readonly severity: Severity;
  readonly source: RuleSource;
  appliesWhen(reading: Reading): boolean;
  check(reading: Reading): Outcome;
}
