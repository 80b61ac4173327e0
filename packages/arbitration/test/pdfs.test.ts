import { detectArbitration, extractText } from '@tutti/arbitration';
import { describe, expect, it } from 'vitest';
import { bundledPdfs } from './bundled-data.ts';

describe('contracts as PDF', () => {
  it.each(bundledPdfs().map((pdf) => [pdf.file, pdf] as const))('%s', async (_, { bytes, has_arbitration }) => {
    const document = await extractText(bytes);
    const detection = detectArbitration(document);
    expect(detection.hasArbitration).toBe(has_arbitration === 1);
    for (const span of detection.spans) expect(document.text.slice(span.start, span.end)).toBe(span.text);

    expect(document.pages?.length).toBeGreaterThan(1);
    expect(document.pages?.map(({ number }) => number)).toEqual(document.pages?.map((_page, index) => index + 1));
    let before = 0;
    for (const { start, end } of document.pages ?? []) {
      expect(document.text.slice(before, start).trim()).toBe('');
      before = end;
    }
    expect(before).toBe(document.text.length);
  });
});
