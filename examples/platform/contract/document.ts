import { z } from 'zod';

const span = z.object({ start: z.number().int(), end: z.number().int(), text: z.string() });

/** What was read out of a file. */
export const Extraction = z.object({ kind: z.string(), characters: z.number().int(), pages: z.number().int().optional() });
export type Extraction = z.infer<typeof Extraction>;

/** What clause analysis found. Offsets are UTF-16 code units into the extracted text. */
export const Clauses = z.object({
  hasArbitration: z.boolean(),
  score: z.number(),
  spans: z.array(span),
  attributes: z.record(z.string(), z.unknown()),
});
export type Clauses = z.infer<typeof Clauses>;

/** What the compliance rules say of a document. Never legal advice, and every report says so. */
export const Compliance = z.object({
  rules: z.array(
    z.object({
      id: z.string(),
      verdict: z.enum(['pass', 'fail', 'unknown']),
      severity: z.string(),
      message: z.string(),
      source: z.object({ title: z.string(), asOf: z.string(), url: z.string().optional() }),
      evidence: z.array(z.object({ start: z.number().int(), end: z.number().int() })),
    }),
  ),
  note: z.string(),
});
export type Compliance = z.infer<typeof Compliance>;

export const Report = Clauses.extend({ extraction: Extraction, rules: Compliance.shape.rules, note: z.string() });
export type Report = z.infer<typeof Report>;

/** A document as the API shows it. */
export const DocumentView = z.object({
  documentId: z.string(),
  name: z.string(),
  bytes: z.number().int(),
  status: z.enum(['queued', 'analysed', 'failed']),
  uploadedAt: z.string(),
  report: Report.optional(),
  failure: z.object({ code: z.string(), reason: z.string() }).optional(),
});
export type DocumentView = z.infer<typeof DocumentView>;
