import { describe, expect, it } from 'vitest';
import { snippetProblems, snippetsIn } from './snippets.ts';

const page = (...blocks: string[]) => ({
  path: 'docs/page.md',
  text: `# A page\n\n${blocks.map((block) => `\`\`\`${block}\n\`\`\`\n`).join('')}`,
});

describe('the snippets', () => {
  it('of a page are its fenced blocks of TypeScript', () => {
    const found = snippetsIn(page('ts\nconst a = 1;', 'json\n{}', 'ts no-run\nconst b = 2;'));
    expect(found.map(({ origin, code, runs }) => [origin, code.split('\n')[0], runs])).toEqual([
      ['docs/page.md:3', 'const a = 1;', true],
      ['docs/page.md:9', 'const b = 2;', false],
    ]);
  });

  it('of a docstring come without its stars, and only compile', () => {
    const text = '/**\n * Says hello.\n *\n * ```ts\n * hello();\n *   again();\n * ```\n */\n';
    expect(snippetsIn({ path: 'packages/core/src/hello.ts', text })).toEqual([
      { origin: 'packages/core/src/hello.ts:4', code: 'hello();\n  again();\n\nexport {};\n', runs: false },
    ]);
  });

  it('that do not compile are reported with page and line', () => {
    const problems = snippetProblems([
      page("ts\nimport { compose } from '@tutti/core';\ncompose(1);"),
      page('ts\nconst fine: number = 1;'),
    ]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^docs\/page\.md:3, line 2 of the snippet: TS\d+/);
  }, 60_000);

  it('that throw are reported; those marked no-run are not run, and those that run are no problem', () => {
    const throws = "throw new Error('out of tune');";
    const fine = "import { compose } from '@tutti/core';\nif (typeof compose !== 'function') throw new Error();";
    expect(snippetProblems([page(`ts\n${throws}`, `ts no-run\n${throws}`, `ts\n${fine}`)])).toEqual([
      expect.stringMatching(/^docs\/page\.md:3 does not run: .*out of tune/),
    ]);
  }, 60_000);
});
