import { expect, it } from 'vitest';
import { lengthProblems } from './file-length.ts';

it('refuses files of more than 400 lines', () => {
  const fileOf = (lines: number, path: string) => ({ path, text: 'x\n'.repeat(lines) });
  expect(lengthProblems([fileOf(400, 'a.ts'), fileOf(401, 'b.ts'), fileOf(900, 'data.yaml')])).toEqual([
    'b.ts has 401 lines; 400 is the most',
  ]);
});
