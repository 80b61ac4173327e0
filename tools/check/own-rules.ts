// The rules that no other tool knows. Without them sources grow past reading, read the machine's clock behind the
// runtime's back, error codes lose their page, and the lockfile names one registry.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { errorPageProblems } from './error-page.ts';
import { lengthProblems } from './file-length.ts';
import { lockfileProblems } from './lockfile.ts';
import { outsideWorldProblems } from './outside-world.ts';
import { snippetProblems } from './snippets.ts';
import type { TextFile } from './text-file.ts';

const files: readonly TextFile[] = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
  encoding: 'utf8',
})
  .split('\0')
  .filter((path) => /\.(ts|mjs|md|yaml)$/.test(path) && !path.startsWith('bench/'))
  .flatMap((path) => {
    try {
      return [{ path, text: readFileSync(path, 'utf8') }];
    } catch {
      return []; // deleted and not yet committed
    }
  });

const problems = [
  ...lengthProblems(files),
  ...outsideWorldProblems(files),
  ...lockfileProblems(files),
  ...(await errorPageProblems(files)),
  ...(await snippetProblems(files)),
];
for (const problem of problems) process.stdout.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
