import type { Span } from '../../structure/span.ts';
import type { ComplianceRule } from '../compliance-rule.ts';

/** Over the raw text: the target of a Markdown link is not among the words. */
const link = /\bec\.europa\.eu\/(?:consumers\/odr|odr)\b|\bwebgate\.ec\.europa\.eu\/odr\b/gi;
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
  appliesWhen: ({ text, find }) => linksIn(text).length > 0 || find(platform).length > 0,
  check: ({ text, find }) => {
    const evidence = linksIn(text);
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

function linksIn(text: string): readonly Span[] {
  return Array.from(text.matchAll(link), (match) => ({ start: match.index, end: match.index + match[0].length }));
}
