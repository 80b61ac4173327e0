import { describe, expect, it } from 'vitest';
import { segment } from '../structure/segment.ts';
import { detectArbitration } from './detect-arbitration.ts';

const clause =
  'Any dispute arising out of this Agreement shall be finally settled by binding arbitration under the rules of the American Arbitration Association.';
const text = `1. Price. The price is ten dollars.\n\n2. Disputes. ${clause} The arbitrator shall sit in Paris.\n\n3. Notices. Notices are written.`;

it('names the sentence that makes the agreement, exactly', () => {
  const { hasArbitration, score, mentions, spans, decidingSentence } = detectArbitration(text);
  expect({ hasArbitration, mentions, decidingSentence }).toEqual({ hasArbitration: true, mentions: 3, decidingSentence: clause });
  expect(score).toBeGreaterThan(0.9);
  for (const span of spans) expect(text.slice(span.start, span.end)).toBe(span.text);
});

it('finds the same in a text that is segmented already', () => {
  expect(detectArbitration(segment(text))).toEqual(detectArbitration(text));
});

describe('finds the clause however it was set', () => {
  it.each([
    ['in lower case', text.toLowerCase()],
    ['in capitals', text.toUpperCase()],
    ['in wrapped lines', text.replaceAll(' ', '\n')],
    ['in double-spaced lines', clause.replace(/(.{40}\S*) /g, '$1\n\n')],
    ['with words cut at line ends', text.replaceAll('arbitration', 'arbitra-\ntion')],
    ['with the letters scattered by a scan', text.replaceAll('arbitration', 'arbi tration')],
    ['with no-break spaces and curly quotes', text.replaceAll(' ', '\u00a0').replaceAll('"', '”')],
    ['in Markdown', text.replaceAll('binding arbitration', '**binding** [arbitration](https://adr.org)')],
    ['with Windows line ends', text.replaceAll('\n', '\r\n')],
  ])('%s', (_, set) => {
    const detection = detectArbitration(set);
    expect(detection.hasArbitration).toBe(true);
    for (const span of detection.spans) expect(set.slice(span.start, span.end)).toBe(span.text);
  });
});

describe('finds no agreement in', () => {
  it.each([
    ['nothing', ''],
    ['blanks', ' \n\t '],
    ['a text without a mention', 'The courts of Delaware have jurisdiction over arbitrary claims.'],
    [
      'German',
      'Alle Streitigkeiten werden nach der Schiedsgerichtsordnung der Deutschen Institution für Schiedsgerichtsbarkeit unter Ausschluss des ordentlichen Rechtswegs endgültig entschieden.',
    ],
    ['French', 'Tous différends seront tranchés définitivement par un tribunal arbitral suivant le règlement d’arbitrage de la CCI.'],
    ['Italian', 'Ogni controversia sarà decisa mediante arbitrato rituale secondo il regolamento arbitrale.'],
    ['Chinese', '凡因本合同引起的任何争议，均应提交中国国际经济贸易仲裁委员会。'],
    ['Arabic', 'تتم تسوية أي نزاع عن طريق التحكيم.'],
    ['half of a surrogate pair', '\ud800 arbitration \udc00'],
  ])('%s', (_, other) => {
    expect(detectArbitration(other)).toMatchObject({ hasArbitration: false, spans: [] });
  });
});

it('says nothing decided when nothing did', () => {
  expect('decidingSentence' in detectArbitration('In any litigation, arbitration or other proceeding.')).toBe(false);
});

it('scores from 0 to 1', () => {
  expect(detectArbitration('No mention.').score).toBe(0);
  expect(detectArbitration(text.repeat(50)).score).toBeLessThanOrEqual(1);
});
