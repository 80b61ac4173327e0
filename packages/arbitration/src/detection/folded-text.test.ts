import fc from 'fast-check';
import { expect, it } from 'vitest';
import { foldText } from './folded-text.ts';

const fold = (text: string) => foldText(text).text;

it('lowers, straightens quotes and joins blanks', () => {
  expect(fold('“ANY\u00a0 Dispute”\r\n\t– shall')).toBe('"any dispute" - shall');
});

it('joins a word that a line end had cut, and keeps hyphens elsewhere', () => {
  expect(fold('arbi-\n  tration of non-binding\nclaims -\nOne')).toBe('arbitration of non-binding claims - one');
});

it('drops Markdown marks and the targets of links', () => {
  expect(fold('**Binding** [arbitration](https://adr.org/x "y") under [the rules](https://adr.org)')).toBe(
    'binding arbitration(https://adr.org/x "y") under the rules',
  );
});

it('makes the word arbitration whole where a scan scattered or misread it', () => {
  expect(fold('A R B I T R A T I O N by arb1trat0rs, arbi tration shall; arbitrary')).toBe(
    'arbitration by arbitrators, arbitration shall; arbitrary',
  );
});

it('splits ligatures', () => {
  expect(fold('ﬁnal eﬀect')).toBe('final effect');
});

it('leads back to the original', () => {
  const text = 'By **ﬁnal**\n\narbi-\ntration, “only”';
  const folded = foldText(text);
  const start = folded.text.indexOf('final');
  const span = folded.original({ start, end: folded.text.indexOf(',') });
  expect(text.slice(span.start, span.end)).toBe('ﬁnal**\n\narbi-\ntration');
});

it('never leads outside the stretch that was folded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(20), fc.nat(20), (text, from, length) => {
      const within = { start: Math.min(from, text.length), end: Math.min(from + length, text.length) };
      const folded = foldText(text, within);
      for (let at = 0; at < folded.text.length; at += 1) {
        const span = folded.original({ start: at, end: at + 1 });
        expect(span.start).toBeGreaterThanOrEqual(within.start);
        expect(span.end).toBeLessThanOrEqual(within.end);
        expect(span.end).toBeGreaterThan(span.start);
      }
    }),
  );
});
