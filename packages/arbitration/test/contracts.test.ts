import { detectArbitration } from '@tutti/arbitration';
import { describe, expect, it } from 'vitest';
import { bundledContracts } from './bundled-data.ts';

const contracts = bundledContracts();

/** Ways in which the same words come out of other programs. */
const settings: readonly (readonly [string, (text: string) => string])[] = [
  ['as filed', (text) => text],
  ['in lower case', (text) => text.toLowerCase()],
  ['in capitals', (text) => text.toUpperCase()],
  ['in one line', (text) => text.replace(/\s+/g, ' ')],
  ['wrapped at 70 letters', (text) => text.replace(/\s+/g, ' ').replace(/(.{1,70})(?: |$)/g, '$1\n')],
  ['double-spaced', (text) => text.replace(/\s+/g, ' ').replace(/(.{1,70})(?: |$)/g, '$1\n\n')],
  ['with the word cut at line ends', (text) => text.replace(/arbitra(?=t)/gi, '$&-\n')],
  ['with the word scattered', (text) => text.replace(/arbitra(?=t)/gi, '$& ')],
];

describe('64 whole contracts, half of them with an arbitration agreement', () => {
  it.each(settings)('%s: F1 of at least 0.96', (name, set) => {
    const counts = { hit: 0, false: 0, missed: 0 };
    for (const { has_arbitration, text } of contracts) {
      const { hasArbitration } = detectArbitration(set(text));
      if (hasArbitration) counts[has_arbitration ? 'hit' : 'false'] += 1;
      else if (has_arbitration) counts.missed += 1;
    }
    const precision = counts.hit / (counts.hit + counts.false);
    const recall = counts.hit / (counts.hit + counts.missed);
    const f1 = (2 * precision * recall) / (precision + recall);
    console.log(`contracts ${name}: P ${precision.toFixed(3)} R ${recall.toFixed(3)} F1 ${f1.toFixed(3)}`);
    expect(f1).toBeGreaterThanOrEqual(0.96);
  });

  it('beats the bare word, which is right less often', () => {
    const right = contracts.filter(({ text, has_arbitration }) => /arbitrat/i.test(text) === (has_arbitration === 1)).length;
    expect(right / contracts.length).toBeLessThan(0.8);
  });

  it('gives spans, evidence and exclusions that are exact slices', () => {
    for (const { text } of contracts) {
      const { spans, evidence, excluded } = detectArbitration(text);
      for (const span of spans) expect(text.slice(span.start, span.end)).toBe(span.text);
      for (const { start, end } of evidence) expect(text.slice(start, end)).toMatch(/\S/);
      for (const { start, end } of excluded) expect(text.slice(start, end)).toMatch(/^arb[\s\S]*$/i);
    }
  });
});
