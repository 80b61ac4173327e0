import { describe, expect, it } from 'vitest';
import { readmeProblems } from './readmes.ts';

const paths = ['packages/mesh/package.json'];

describe('the page of a package', () => {
  it('must be there', () => {
    expect(readmeProblems([], paths)).toEqual(['packages/mesh/README.md is missing']);
  });

  it('must have the headings of all others, in their order', () => {
    const page = (...headings: string[]) => [
      { path: 'packages/mesh/README.md', text: headings.map((heading) => `## ${heading}\n`).join('') },
    ];
    expect(readmeProblems(page('Use', 'Guarantees', 'Limits today', 'How it works'), paths)).toEqual([]);
    expect(readmeProblems(page('Use', 'How it works'), paths)).toHaveLength(1);
  });
});
