// @tutti/arbitration

import { ErrorSpec } from '@tutti/core';

export type AttributeName = 'providers' | 'optOutDays' | 'classWaiver' | 'juryWaiver' | 'smallClaims';

export interface Attributes {
  readonly providers: readonly string[];
  readonly optOutDays?: number;
  readonly classWaiver: boolean;
  readonly juryWaiver: boolean;
  readonly smallClaims: boolean;
  readonly evidence: Readonly<Record<AttributeName, readonly Span[]>>;
}

export interface ComplianceReport {
  readonly findings: readonly Finding[];
  readonly notApplicable: readonly string[];
  readonly note: string;
}

export interface ComplianceRule {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly jurisdictions: readonly string[];
  readonly severity: Severity;
  readonly source: RuleSource;
  appliesWhen(reading: Reading): boolean;
  check(reading: Reading): Outcome;
}

export interface DecidingSpan extends Span {
  readonly text: string;
  readonly score: number;
  readonly ruleIds: readonly string[];
}

export interface Detection {
  readonly hasArbitration: boolean;
  readonly score: number;
  readonly mentions: number;
  readonly spans: readonly DecidingSpan[];
  readonly decidingSentence?: string;
  readonly evidence: readonly Evidence[];
  readonly excluded: readonly ExcludedMention[];
}

export interface DocumentErrors {
  readonly DOCUMENT_EMPTY: ErrorSpec<{
    bytes: number;
  }>;
  readonly DOCUMENT_UNSUPPORTED: ErrorSpec<{
    looksLike: string;
  }>;
  readonly DOCUMENT_ENCRYPTED: ErrorSpec<{
    kind: 'pdf';
  }>;
  readonly DOCUMENT_DAMAGED: ErrorSpec<{
    kind: 'pdf' | 'html';
    problem: string;
  }>;
  readonly DOCUMENT_NO_TEXT: ErrorSpec<{
    kind: 'pdf' | 'html';
    pages?: number;
  }>;
  readonly DOCUMENT_TOO_LARGE: ErrorSpec<{
    measure: 'bytes' | 'pages';
    actual: number;
    limit: number;
  }>;
}

export interface DocumentHint {
  readonly mediaType?: string;
  readonly fileName?: string;
}

export type DocumentKind = 'text' | 'markdown' | 'html' | 'pdf';

export interface Evidence extends Span {
  readonly ruleId: string;
  readonly weight: number;
}

export interface ExcludedMention extends Span {
  readonly ruleId: string;
}

export interface ExclusionRule {
  readonly id: string;
  readonly pattern: RegExp;
  readonly scope: 'match' | 'sentence';
  readonly why: string;
}

export interface ExtractOptions {
  readonly maxBytes?: number;
  readonly maxPages?: number;
}

export interface ExtractedDocument {
  readonly kind: DocumentKind;
  readonly mediaType: string;
  readonly text: string;
  readonly pages?: readonly ExtractedPage[];
  readonly title?: string;
}

export interface ExtractedPage extends Span {
  readonly number: number;
}

export interface Finding extends Outcome {
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly title: string;
  readonly jurisdictions: readonly string[];
  readonly severity: Severity;
  readonly source: RuleSource;
}

export interface Heading {
  readonly level: number;
  readonly title: string;
  readonly length: number;
}

export interface OperativeRule extends Steps {
  readonly id: string;
  readonly weight: number;
  readonly wordless?: true;
  readonly why: string;
}

export interface OptOut extends Span {
  readonly days?: number;
}

export interface Outcome {
  readonly verdict: Verdict;
  readonly message: string;
  readonly evidence: readonly Span[];
}

export interface Paragraph extends Span {
  readonly heading?: Heading;
}

export type Readable = string | {
  readonly text: string;
  readonly paragraphs?: readonly Paragraph[];
};

export interface Reading {
  readonly text: string;
  readonly detection: Detection;
  readonly attributes: Attributes;
  readonly optOut?: OptOut;
  find(pattern: RegExp): readonly Span[];
}

export interface RuleSource {
  readonly title: string;
  readonly url?: string;
  readonly asOf: string;
}

export interface Section extends Span {
  readonly title?: string;
  readonly level: number;
}

export type Severity = 'info' | 'warning' | 'error';

export interface SniffedDocument {
  readonly kind: DocumentKind;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Steps {
  readonly steps: readonly RegExp[];
  readonly gaps: readonly number[];
}

export interface StructuredDocument {
  readonly text: string;
  readonly sections: readonly Section[];
  readonly paragraphs: readonly Paragraph[];
  readonly sentences: readonly Span[];
}

export type Verdict = 'pass' | 'fail' | 'unknown';

export declare function attributesOf(document: Readable): Attributes;

export declare function checkCompliance(document: Readable, detection: Detection): ComplianceReport;

export declare const complianceRules: readonly ComplianceRule[];

export declare function detectArbitration(document: Readable): Detection;

export declare const documentErrors: DocumentErrors;

export declare const exclusionRules: readonly ExclusionRule[];

export declare const extractDefaults: {
  readonly maxBytes: 20971520;
  readonly maxPages: 2000;
};

export declare function extractText(bytes: Uint8Array, hint?: DocumentHint, options?: ExtractOptions): Promise<ExtractedDocument>;

export declare const operativeRules: readonly OperativeRule[];

export declare function segment(text: string): StructuredDocument;

export declare function sniffDocument(bytes: Uint8Array, hint?: DocumentHint): SniffedDocument;
