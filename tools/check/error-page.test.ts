import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { codesDescribedIn, differences, errorPageProblems } from './error-page.ts';

describe('the page of errors', () => {
  it('has one heading a code', () => {
    expect(codesDescribedIn('# Errors\n## Core\n### `TIMEOUT`\ntext with `NOT_RUNNING`\n### `CANCELLED`\n')).toEqual([
      'TIMEOUT',
      'CANCELLED',
    ]);
  });

  it('is compared both ways', () => {
    expect(differences(['A', 'B', 'B'], ['B', 'C'])).toEqual([
      'docs/reference/errors.md does not describe C',
      'docs/reference/errors.md describes A, which nothing throws',
      'docs/reference/errors.md describes B twice',
    ]);
  });

  it('is compared with the tables in the sources', async () => {
    const path = 'packages/core/src/errors/core-errors.ts';
    const problems = await errorPageProblems([{ path, text: readFileSync(path, 'utf8') }]);
    expect(problems).toContain('docs/reference/errors.md does not describe INVALID_OPTIONS');
  });
});
