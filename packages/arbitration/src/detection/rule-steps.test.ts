import { expect, it } from 'vitest';
import { stepsFound } from './rule-steps.ts';

const rule = { steps: [/\ba\b/g, /\bb\b/g, /\bc\b/g], gaps: [4, 6] };

it('finds steps in their order within their gaps', () => {
  expect(stepsFound('a .. b .... c', rule)).toBe(true);
});

it('refuses another order', () => {
  expect(stepsFound('c b a', rule)).toBe(false);
});

it('refuses a gap that is too wide', () => {
  expect(stepsFound('a b ....... c', rule)).toBe(false);
  expect(stepsFound('a ..... b c', rule)).toBe(false);
});

it('takes a later start when the first is too far away', () => {
  expect(stepsFound('a ......... a b c', rule)).toBe(true);
});

it('does not let two steps share letters', () => {
  expect(stepsFound('shall', { steps: [/shall/g, /all/g], gaps: [9] })).toBe(false);
});
