import type { Span } from '../structure/span.ts';

/** An institution that administers arbitrations. */
export interface Provider {
  /** The short name that contracts use; names the provider in results. */
  readonly id: string;
  readonly name: string;
  /** Over raw text. Short names are read as capitals only: "nam" and "icc" are letters of other words in lower case. */
  readonly pattern: RegExp;
}

export const providers: readonly Provider[] = [
  {
    id: 'AAA',
    name: 'American Arbitration Association, with its international division ICDR',
    pattern:
      /\bAmerican\s+Arbitration\s+Association\b|\bInternational\s+Cent(?:re|er)\s+for\s+Dispute\s+Resolution\b|\bICDR\b|\bAAA(?=(?:['’]s)?[\s-]+(?:Rules|Consumer|Commercial|Employment|Supplementary|International|arbitrat))/gi,
  },
  {
    id: 'JAMS',
    name: 'JAMS (formerly Judicial Arbitration and Mediation Services)',
    pattern: /\bJAMS\b|\bJ\.A\.M\.S\b|\bJudicial\s+Arbitration\s+(?:and|&)\s+Mediation\b/g,
  },
  {
    id: 'NAM',
    name: 'National Arbitration and Mediation',
    pattern:
      /\bNational\s+Arbitration\s+(?:and|&)\s+Mediation\b|\bNAM\b(?=[’' ](?:s\b|Rules|Comprehensive|Mass|or\b|and\b|will|shall|may|is|in\b|to\b))/g,
  },
  { id: 'ADR Services', name: 'ADR Services, Inc.', pattern: /\bADR\s+Services\b/gi },
  { id: 'NAF', name: 'National Arbitration Forum', pattern: /\bNational\s+Arbitration\s+Forum\b/gi },
  {
    id: 'CPR',
    name: 'International Institute for Conflict Prevention and Resolution',
    pattern: /\bInstitute\s+for\s+(?:Conflict\s+Prevention|Dispute\s+Resolution)\b|\bCPR\b(?=\s+(?:Rules|Institute))/gi,
  },
  {
    id: 'ICC',
    name: 'International Chamber of Commerce',
    pattern: /\bInternational\s+Chambers?\s+of\s+Commerce\b|\bICC\b(?=\s+(?:Rules|International|Court|Arbitration))/gi,
  },
  {
    id: 'LCIA',
    name: 'London Court of International Arbitration',
    pattern: /\bLondon\s+Court\s+of\s+(?:International\s+)?Arbitration\b|\bLCIA\b/gi,
  },
  {
    id: 'SIAC',
    name: 'Singapore International Arbitration Centre',
    pattern: /\bSingapore\s+International\s+Arbitration\s+Cent(?:re|er)\b|\bSIAC\b/gi,
  },
  {
    id: 'HKIAC',
    name: 'Hong Kong International Arbitration Centre',
    pattern: /\bHong\s*Kong\s+International\s+Arbitration\s+Cent(?:re|er)\b|\bHKIAC\b/gi,
  },
  {
    id: 'CIETAC',
    name: 'China International Economic and Trade Arbitration Commission',
    pattern: /\bChina\s+International\s+Economic\s+and\s+Trade\s+(?:Arbitration\s+)?Commission\b|\bCIETAC\b/gi,
  },
  { id: 'SCC', name: 'SCC Arbitration Institute (Stockholm Chamber of Commerce)', pattern: /\bStockholm\s+Chamber\s+of\s+Commerce\b/gi },
  { id: 'WIPO', name: 'WIPO Arbitration and Mediation Center', pattern: /\bWIPO\s+Arbitration\b/gi },
  { id: 'FINRA', name: 'FINRA Dispute Resolution Services', pattern: /\bFINRA\b(?=[^.]{0,60}\barbitrat)/gi },
];

/** A provider that a text names, with every place. */
export interface NamedProvider {
  readonly id: string;
  readonly spans: readonly Span[];
}

/** The providers that `text` names, in the order in which it first names them. */
export function providersIn(text: string): readonly NamedProvider[] {
  return providers
    .map(({ id, pattern }) => ({
      id,
      spans: Array.from(text.matchAll(pattern), (match) => ({ start: match.index, end: match.index + match[0].length })),
    }))
    .filter(({ spans }) => spans.length > 0)
    .toSorted((a, b) => (a.spans[0]?.start ?? 0) - (b.spans[0]?.start ?? 0));
}
