import { attributesOf, checkCompliance, detectArbitration, segment } from '@tutti/arbitration';
import { expect, it } from 'vitest';
import { bundledContracts } from './bundled-data.ts';

const contract = bundledContracts()
  .map(({ text }) => text)
  .join(' ')
  .replace(/\s+/g, ' ');

const repeated = (part: string, length: number) => part.repeat(Math.ceil(length / part.length)).slice(0, length);

/** Texts that would be slow for patterns that go back, each of any length. */
const hostile: Readonly<Record<string, (length: number) => string>> = {
  'one line of contracts': (length) => repeated(contract, length),
  'the word alone': (length) => repeated('arbitration ', length),
  'the beginning of the word': (length) => repeated('a r b i t r a ', length),
  'cut words': (length) => repeated('arbi-\n', length),
  'the words of the rules': (length) =>
    repeated('not deemed, shall be pending or settled by final and binding or to a the single arbitration, court, action, suit ', length),
  'sentences of one word': (length) => repeated('Arbitration. ', length),
  'lower case without an end': (length) => repeated('shall be settled by arbitration and ', length),
  'paragraphs that run on': (length) => repeated('shall be settled by arbitration and\n\n', length),
  'full stops': (length) => `${repeated('.', length)} arbitration`,
  'question marks in lower case': (length) => `${repeated('?', length)} arbitration`,
  'blank lines': (length) => `${repeated('\n', length)}arbitration`,
  blanks: (length) => `${repeated(' ', length)}arbitration`,
  'open links': (length) => `${repeated('](', length)} arbitration`,
  numbers: (length) => `${repeated('1.1. ', length)} arbitration`,
  'waivers without an end': (length) => `${repeated('waive class jury opt-out ', length)} arbitration`,
};

/** Large enough that what is done once, and what a cache takes in whole, is not most of the work. */
const size = 40_000;

/** Milliseconds of work of this process, so that a busy machine does not count. */
function work(run: () => void): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

function read(text: string): void {
  checkCompliance(text, detectArbitration(segment(text)));
}

/** Four times the text is four times the work; the square would be sixteen times. What other threads do is noise, so the best of three counts. */
it.each(Object.keys(hostile))(
  'work grows with the length only: %s',
  (name) => {
    const make = hostile[name] ?? String;
    const [short, long] = [make(size), make(size * 4)];
    read(short);
    read(long);
    const best = (text: string) => Math.min(...[1, 2, 3].map(() => work(() => read(text))));
    expect(best(long)).toBeLessThan(8 * best(short) + 20);
  },
  60_000,
);

it('would notice a pattern that goes back', () => {
  const [short, long] = ['a'.repeat(4_000), 'a'.repeat(16_000)];
  const best = (text: string) => Math.min(...[1, 2].map(() => work(() => expect(/a+b/.test(text)).toBe(false))));
  best(short);
  expect(best(long)).toBeGreaterThan(8 * best(short) + 20);
}, 60_000);

it('reads a text of 5 MB', () => {
  const text = repeated(`${contract}\n\n`, 5_000_000);
  const detection = detectArbitration(text);
  expect(detection.hasArbitration).toBe(true);
  for (const span of detection.spans.slice(0, 100)) expect(text.slice(span.start, span.end)).toBe(span.text);
}, 60_000);

it('reads one line of 2 MB', () => {
  const text = repeated(contract, 2_000_000);
  expect(text).not.toContain('\n');
  expect(attributesOf(text).providers).toContain('AAA');
  expect(detectArbitration(text).hasArbitration).toBe(true);
}, 60_000);
