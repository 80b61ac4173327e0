import { expect, it } from 'vitest';
import { seededRandom } from '../../src/runtime/random.ts';
import { faultScale } from '../../src/testing/fault-scale.ts';
import { type Answer, validAnswer } from './answers.ts';
import { difference, firstDifference, type Readers } from './difference.ts';
import { answerByLlhttp } from './llhttp.ts';
import { mutatedAnswer } from './mutated-answers.ts';
import { readAnswer } from './read-answer.ts';

const total = faultScale(500_000, 0.06);
const anySeed = (): number => Math.floor(Math.random() * 2 ** 31);

const readers = {
  ours: ({ method, text }: Answer) => readAnswer(method, [text]),
  theirs: ({ method, text }: Answer) => answerByLlhttp(method, text),
} satisfies Readers<Answer, unknown>;

it('an answer of the grammar is read as llhttp reads it', () => {
  const random = seededRandom(anySeed());
  for (let each = 0; each < 2_000; each++) {
    const answer = validAnswer(random);
    expect([readers.ours(answer).outcome, difference(readers, answer)], JSON.stringify(answer)).toEqual(['whole', undefined]);
  }
});

it(`${total} mutated answers are read as llhttp reads them, or refused`, () => {
  const { found, whole } = firstDifference(readers, mutatedAnswer, anySeed(), total);
  expect(found).toBeUndefined();
  expect(whole).toBeGreaterThan(total / 5);
});

/** Ours, but before it reads it takes away what it would refuse. */
const lax = (pattern: RegExp, by: string): typeof readers => {
  return { ...readers, ours: ({ method, text }) => readAnswer(method, [text.replace(pattern, by)]) };
};

it.each<[string, RegExp, string]>([
  ['takes the last of two lengths', /^content-length:[^\n]*\n(?=(?:[^\r\n]+\r\n)*?content-length:)/gim, ''],
  ['takes a coding and leaves the length', /^content-length:[^\n]*\n(?=(?:[^\r\n]+\r\n)*?transfer-encoding: chunked\r)/gim, ''],
  ['takes a field with a blank before its colon', /^([\w-]+)[ \t]+:/gm, '$1:'],
  ['takes LF for the end of a line', /(?<!\r)\n/g, '\r\n'],
  ['folds lines', /\r\n[ \t]+/g, ' '],
  ['takes a tab behind a coding', /(chunked)\t+\r/gi, '$1\r'],
  ['takes a blank behind the size of a chunk', /^([\da-f]+)[ \t]+\r/gim, '$1\r'],
  ['takes extensions with blanks', /^([\da-f]+);[ \t]+/gim, '$1;'],
  ['takes no notice of what an interim answer says of its connection', /^(HTTP\/1\.)0( 10[03])/gm, '$11$2'],
  ['reads no body of an interim answer', /^(HTTP\/1\.1 150 \?\r\n)(?:Transfer-Encoding: chunked|Content-Length: 5)\r\n/gm, '$1'],
])('a reader that %s is found out (control)', (_does, pattern, by) => {
  expect(firstDifference(lax(pattern, by), mutatedAnswer, 1, 50_000).found).toBeDefined();
});
