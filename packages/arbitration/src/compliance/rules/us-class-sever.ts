import { pointsToUnitedStates } from '../circumstances.ts';
import type { ComplianceRule } from '../compliance-rule.ts';

const void_ = '(?:unenforceable|invalid|void|illegal|cannot be enforced|not (?:be )?enforce(?:d|able)|unlawful|severed|struck)';
const waiver =
  '(?:class|collective|representative|waiver|prohibition against consolidation|(?:this|the|these) (?:specific )?(?:sub)?(?:section|paragraph|provision|subsection|agreement to arbitrate|arbitration (?:agreement|provision)))';
const consequence = new RegExp(
  `\\b(?:if|should|in the event|to the extent)\\b[^.;]{0,160}\\b${waiver}\\b[^.;]{0,260}\\b${void_}\\b|\\b${waiver}\\b[^.;]{0,40}\\b(?:found|held|deemed|determined|declared)\\b[^.;]{0,80}\\b${void_}\\b`,
  'g',
);
const aboutTheWaiver = /class|collective|representative|arbitrat|waiver|individual/;

export const usClassSever: ComplianceRule = {
  id: 'US-CLASS-SEVER',
  version: 1,
  title: 'What happens when the class waiver is not enforceable',
  jurisdictions: ['US'],
  severity: 'info',
  source: {
    title: 'AT&T Mobility LLC v. Concepcion (2011) and Viking River Cruises, Inc. v. Moriana (2022), as background',
    asOf: '2026-09-01',
  },
  appliesWhen: (reading) => reading.attributes.classWaiver && reading.detection.hasArbitration && pointsToUnitedStates(reading),
  check: ({ find, text, attributes }) => {
    const evidence = find(consequence).filter(({ start, end }) => aboutTheWaiver.test(text.slice(start, end).toLowerCase()));
    if (evidence.length > 0)
      return { verdict: 'pass', message: 'The text says what happens when the waiver of class proceedings is not enforceable.', evidence };
    return {
      verdict: 'fail',
      message: 'Class proceedings are waived, but no sentence says what becomes of the arbitration when that waiver is not enforceable.',
      evidence: attributes.evidence.classWaiver.slice(0, 1),
    };
  },
};
