import { expect, it } from 'vitest';
import { lockfileProblems } from './lockfile.ts';

it('refuses a lockfile that names an address', () => {
  const text =
    'packages:\n  a@1.0.0:\n    resolution: {integrity: sha512-x==, tarball: https://registry.example/a.tgz}\n  b@1.0.0:\n    resolution: {integrity: sha512-y==}\n';
  expect(lockfileProblems([{ path: 'pnpm-lock.yaml', text }])).toEqual([expect.stringContaining('https://registry.example/a.tgz')]);
  expect(lockfileProblems([{ path: 'docs/page.md', text }])).toEqual([]);
});
