import { bindsIndividuals, pointsToUnitedStates } from '../circumstances.ts';
import type { ComplianceRule } from '../compliance-rule.ts';

const givesUp = '(?:waiv(?:e[sd]?|ing)|giv(?:e|es|ing) up|relinquish(?:es|ing)?|forgo(?:es|ing)?|surrender(?:s|ing)?|eliminates?)';
const court = '(?:right[^.;]{0,80}\\b(?:court|jury|sue|lawsuit|litigat)|trial by jury|jury trial)';
const plain = new RegExp(
  [
    `\\b${givesUp}\\b[^.;]{0,120}\\b${court}`,
    '\\b(?:rather than|instead of|and not|not)\\b (?:by )?(?:(?:a|an|in|to|the|suing|sue|going|go|court|or|jury|trials?|any|other|before) ){0,6}(?:court|jury|judge)\\b',
    '\\b(?:no|without a) judge (?:or|and) jury\\b|\\bno judge or jury\\b',
    '\\bjury(?: trial)? waiver\\b',
  ].join('|'),
  'g',
);

export const usNjAtalese: ComplianceRule = {
  id: 'US-NJ-ATALESE',
  version: 1,
  title: 'Plain words that the right to go to court is given up',
  jurisdictions: ['US-NJ'],
  severity: 'warning',
  source: { title: 'Atalese v. U.S. Legal Services Group, L.P., 219 N.J. 430 (2014)', asOf: '2026-09-01' },
  appliesWhen: (reading) => reading.detection.hasArbitration && pointsToUnitedStates(reading) && bindsIndividuals(reading),
  check: ({ find, detection }) => {
    const evidence = find(plain);
    if (evidence.length > 0)
      return { verdict: 'pass', message: 'The text says in plain words that a court or a jury is given up.', evidence };
    return {
      verdict: 'fail',
      message:
        'The text nowhere says in plain words that the reader gives up the right to go to court or to have a jury. In New Jersey such an agreement is not enforced against a consumer.',
      evidence: detection.spans.slice(0, 1),
    };
  },
};
