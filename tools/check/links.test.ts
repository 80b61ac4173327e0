import { expect, it } from 'vitest';
import { linkProblems } from './links.ts';

it('finds links to files and folders that are not there', () => {
  const text = [
    '[here](words.md#call) [up](../start/first.md) [folder](../start) [web](https://example.org) [below](#below)',
    '[gone](../start/second.md)',
    '```ts\nconst notALink = [a](b);\n```',
    '`[nor](this)`',
  ].join('\n\n');
  const paths = ['docs/explain/page.md', 'docs/explain/words.md', 'docs/start/first.md'];
  expect(linkProblems([{ path: 'docs/explain/page.md', text }], paths)).toEqual([
    'docs/explain/page.md links to docs/start/second.md, which is not there',
  ]);
});
