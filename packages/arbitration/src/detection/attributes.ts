import { paragraphsOf } from '../structure/paragraphs.ts';
import type { Span } from '../structure/span.ts';
import type { Readable } from './detect-arbitration.ts';
import { type FoldedText, foldText } from './folded-text.ts';
import { type OptOut, optOutIn } from './opt-out.ts';
import { providersIn } from './providers.ts';

export type AttributeName = 'providers' | 'optOutDays' | 'classWaiver' | 'juryWaiver' | 'smallClaims';

/** What kind of arbitration agreement a text holds. Meaningful for texts that hold one. */
export interface Attributes {
  /** Short names of the institutions named, in order of first mention: `AAA`, `JAMS`, `ICC`, ... */
  readonly providers: readonly string[];
  /** Calendar days in which the agreement may be refused; absent when the text names none. */
  readonly optOutDays?: number;
  /** Whether claims may be brought only one by one: class, collective or representative proceedings are given up. */
  readonly classWaiver: boolean;
  /** Whether the right to a jury is given up in so many words. */
  readonly juryWaiver: boolean;
  /** Whether small-claims courts stay open. */
  readonly smallClaims: boolean;
  /** Where each of these was found; empty where it was not. */
  readonly evidence: Readonly<Record<AttributeName, readonly Span[]>>;
}

const together = '(?:class(?:[ -]wide)?|collective|representative|consolidated|mass)';
const givesUp = '(?:waiv(?:e[sd]?|ing|er)|giv(?:e|ing) up|relinquish(?:es|ing)?|forgo(?:es|ing)?|eliminates?|los(?:e|ing))';

const classWaiver = new RegExp(
  [
    `\\bclass[ -](?:action|arbitration)(?: and [a-z ]{1,40})? waivers?\\b`,
    `\\b${givesUp}\\b[^.;]{0,200}\\b${together}(?:,? (?:or|and|action|arbitration|proceeding|member|lawsuit|basis)|-)`,
    `\\bno ${together} (?:actions?|arbitrations?|proceedings?)\\b`,
    `\\bindividual (?:capacity|capacities|basis)[^.;]{0,60}\\bnot\\b[^.;]{0,80}\\b${together}\\b`,
    `\\bnot as (?:an? )?(?:plaintiff|claimant|member)[^.;]{0,40}\\bclass\\b`,
    `\\b${together} (?:actions?|arbitrations?|proceedings?|lawsuits?)[^.;]{0,240}\\b(?:not (?:be )?(?:permitted|allowed|available)|prohibited|barred)\\b`,
    `\\b(?:may|shall|will|can|must|agrees? to|agree) not (?:to )?[^.;]{0,160}\\b${together}(?:,| or| and)? ?[a-z ,-]{0,40}(?:actions?|proceedings?|arbitrations?|basis|manner|capacity)\\b`,
    `\\bprevent(?:ing|s)? you from [^.;]{0,60}\\b${together}\\b`,
  ].join('|'),
  'g',
);

const juryWaiver = new RegExp(
  [
    `\\b${givesUp}\\b[^.;]{0,200}\\bjury\\b`,
    `\\bjury(?: trial)? waivers?\\b`,
    `\\b(?:rather than|instead of|not|without|no)\\b[^.;]{0,60}\\bjury\\b`,
  ].join('|'),
  'g',
);

const smallClaims = /(?<!\b(?:may|shall|will|can|must) not\b[^.;]{0,60})\bsmall[ -]claims?\b/g;

/** Reads the kind of the arbitration agreement. Time is linear in the length of the text. */
export function attributesOf(document: Readable): Attributes {
  const { text, paragraphs } = typeof document === 'string' ? { text: document } : document;
  return attributesFrom(text, foldText(text), optOutIn(text, paragraphs ?? paragraphsOf(text)));
}

/** The same for a text that was folded and searched for the right to opt out already. */
export function attributesFrom(text: string, folded: FoldedText, optOut: OptOut | undefined): Attributes {
  const named = providersIn(text);
  const evidence = {
    providers: named.flatMap(({ spans }) => spans.slice(0, 1)),
    optOutDays: optOut?.days === undefined ? [] : [{ start: optOut.start, end: optOut.end }],
    classWaiver: placesOf(folded, classWaiver),
    juryWaiver: placesOf(folded, juryWaiver),
    smallClaims: placesOf(folded, smallClaims),
  };
  return {
    providers: named.map(({ id }) => id),
    ...(optOut?.days !== undefined && { optOutDays: optOut.days }),
    classWaiver: evidence.classWaiver.length > 0,
    juryWaiver: evidence.juryWaiver.length > 0,
    smallClaims: evidence.smallClaims.length > 0,
    evidence,
  };
}

function placesOf(folded: FoldedText, pattern: RegExp): readonly Span[] {
  return Array.from(folded.text.matchAll(pattern), (match) => folded.original({ start: match.index, end: match.index + match[0].length }));
}
