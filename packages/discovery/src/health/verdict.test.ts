import { expect, it } from 'vitest';
import { afterAnswer, noVerdict } from './verdict.ts';

it.each([
  { answers: '+', rise: 1, fall: 3, verdicts: '+' },
  { answers: '-', rise: 1, fall: 3, verdicts: '-' },
  { answers: '+---', rise: 1, fall: 3, verdicts: '+++-' },
  { answers: '+--+--', rise: 1, fall: 3, verdicts: '++++++' },
  { answers: '-+', rise: 1, fall: 3, verdicts: '-+' },
  { answers: '+--++', rise: 2, fall: 2, verdicts: '++--+' },
  { answers: '--+-++', rise: 2, fall: 2, verdicts: '-----+' },
])('answers $answers with rise $rise and fall $fall amount to $verdicts', ({ answers, rise, fall, verdicts }) => {
  let verdict = noVerdict;
  const seen = Array.from(answers, (answer) => {
    verdict = afterAnswer(verdict, answer === '+', { rise, fall });
    return verdict.healthy ? '+' : '-';
  });
  expect(seen.join('')).toBe(verdicts);
});
