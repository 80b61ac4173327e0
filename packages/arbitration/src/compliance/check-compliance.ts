import { attributesFrom } from '../detection/attributes.ts';
import type { Readable } from '../detection/detect-arbitration.ts';
import type { Detection } from '../detection/detection.ts';
import { foldText } from '../detection/folded-text.ts';
import { optOutIn } from '../detection/opt-out.ts';
import { paragraphsOf } from '../structure/paragraphs.ts';
import type { ComplianceRule, Outcome, Reading, RuleSource, Severity } from './compliance-rule.ts';
import { euOdrStale } from './rules/eu-odr-stale.ts';
import { genOptOut } from './rules/gen-optout.ts';
import { usClassSever } from './rules/us-class-sever.ts';
import { usFedEfaa401 } from './rules/us-fed-efaa-401.ts';
import { usNjAtalese } from './rules/us-nj-atalese.ts';

/** The rules that patterns can decide soundly. */
export const complianceRules: readonly ComplianceRule[] = [usFedEfaa401, usNjAtalese, usClassSever, genOptOut, euOdrStale];

export const notLegalAdvice =
  'Found by patterns, not by a lawyer: this is not legal advice. Check every finding against its source and the law in force.';

/** What one rule says about one text. */
export interface Finding extends Outcome {
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly title: string;
  readonly jurisdictions: readonly string[];
  readonly severity: Severity;
  readonly source: RuleSource;
}

export interface ComplianceReport {
  /** One for each rule that applies, in the order of the rules; passes included. */
  readonly findings: readonly Finding[];
  /** Rules that have nothing to say about this text. */
  readonly notApplicable: readonly string[];
  /** Belongs wherever findings are shown. */
  readonly note: string;
}

/**
 * Compares a text with the compliance rules. A silent text gives `unknown`, except for sentences that have to be there.
 * Evidence is offsets into the text; a `fail` for something missing points to the clause that lacks it.
 */
export function checkCompliance(document: Readable, detection: Detection): ComplianceReport {
  const reading = readingOf(document, detection);
  const applicable = complianceRules.filter((rule) => rule.appliesWhen(reading));
  return {
    findings: applicable.map((rule) => findingOf(rule, reading)),
    notApplicable: complianceRules.filter((rule) => !applicable.includes(rule)).map(({ id }) => id),
    note: notLegalAdvice,
  };
}

function readingOf(document: Readable, detection: Detection): Reading {
  const { text, paragraphs } = typeof document === 'string' ? { text: document } : document;
  const folded = foldText(text);
  const optOut = optOutIn(text, paragraphs ?? paragraphsOf(text));
  return {
    text,
    detection,
    attributes: attributesFrom(text, folded, optOut),
    ...(optOut && { optOut }),
    find: (pattern) =>
      Array.from(folded.text.matchAll(pattern), (match) => folded.original({ start: match.index, end: match.index + match[0].length })),
  };
}

function findingOf({ id, version, title, jurisdictions, severity, source, check }: ComplianceRule, reading: Reading): Finding {
  const { verdict, message, evidence } = check(reading);
  return {
    ruleId: id,
    ruleVersion: version,
    title,
    jurisdictions,
    severity,
    source,
    verdict,
    message,
    evidence: evidence.map(({ start, end }) => ({ start, end })),
  };
}
