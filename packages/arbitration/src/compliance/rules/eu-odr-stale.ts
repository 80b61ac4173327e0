import type { ComplianceRule } from '../compliance-rule.ts';

const link = /\bec\.europa\.eu\/(?:consumers\/odr|odr)\b|\bwebgate\.ec\.europa\.eu\/odr\b/g;
const platform = /\b(?:online|on-line) dispute resolution\b|\bodr platform\b/g;

export const euOdrStale: ComplianceRule = {
  id: 'EU-ODR-STALE',
  version: 1,
  title: 'No reference to the closed ODR platform',
  jurisdictions: ['EU'],
  severity: 'info',
  source: {
    title: 'Regulation (EU) 2024/3228 (the platform closed on 20 July 2025)',
    url: 'https://eur-lex.europa.eu/eli/reg/2024/3228/oj',
    asOf: '2026-09-01',
  },
  appliesWhen: ({ find }) => find(link).length > 0 || find(platform).length > 0,
  check: ({ find }) => {
    const evidence = find(link);
    if (evidence.length > 0)
      return {
        verdict: 'fail',
        message: "The text links to the European Commission's platform for online dispute resolution, which closed on 20 July 2025.",
        evidence,
      };
    return {
      verdict: 'unknown',
      message: 'Online dispute resolution is spoken of, but no link to the closed platform was found.',
      evidence: find(platform),
    };
  },
};
