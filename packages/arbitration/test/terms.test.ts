import { type Attributes, attributesOf, checkCompliance, detectArbitration, segment } from '@tutti/arbitration';
import { describe, expect, it } from 'vitest';
import { bundledTerms, type Terms } from './bundled-data.ts';

const terms = bundledTerms();

describe('19 whole terms of service', () => {
  it.each(terms.map((document) => [document.id, document] as const))('%s', (_, { text, has_arbitration }) => {
    const detection = detectArbitration(text);
    expect(detection.hasArbitration).toBe(has_arbitration === 1);
    for (const span of detection.spans) expect(text.slice(span.start, span.end)).toBe(span.text);
  });
});

const compared: readonly (readonly [string, (labels: Terms) => unknown, (found: Attributes) => unknown])[] = [
  ['providers', ({ providers }) => providers?.toSorted(), ({ providers }) => providers.toSorted()],
  ['days to opt out', ({ opt_out_days }) => opt_out_days, ({ optOutDays }) => optOutDays],
  ['class waiver', ({ class_waiver }) => class_waiver, ({ classWaiver }) => Number(classWaiver)],
  ['jury waiver', ({ jury_waiver }) => jury_waiver, ({ juryWaiver }) => Number(juryWaiver)],
  ['small claims', ({ small_claims_carveout }) => small_claims_carveout, ({ smallClaims }) => Number(smallClaims)],
];

it.each(compared)('reads %s right in at least nine of ten documents that are labelled', (name, labelOf, foundOf) => {
  const labelled = terms.filter((document) => labelOf(document) !== undefined);
  const right = labelled.filter((document) => JSON.stringify(labelOf(document)) === JSON.stringify(foundOf(attributesOf(document.text))));
  console.log(`terms, ${name}: ${right.length} of ${labelled.length} right`);
  expect(labelled.length).toBeGreaterThan(0);
  expect(right.length / labelled.length).toBeGreaterThanOrEqual(0.9);
});

it('gives compliance findings whose evidence lies in the text, and none about a document without arbitration', () => {
  for (const { text, has_arbitration } of terms) {
    const { findings } = checkCompliance(text, detectArbitration(text));
    expect(findings.length > 0).toBe(has_arbitration === 1);
    for (const { start, end } of findings.flatMap(({ evidence }) => evidence)) expect(text.slice(start, end)).toMatch(/\S/);
  }
});

it('finds the arbitration section by its heading', () => {
  const document = terms.find(({ id }) => id === 'cloudflare-2025');
  const titles = segment(document?.text ?? '').sections.map(({ title }) => title);
  expect(titles).toContain('No Class Actions');
});
