// The rules that no other tool knows. Without them sources grow past reading, read the machine's clock behind the
// runtime's back, pages and error codes drift from the code, and the lockfile names one registry.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { changesetProblems } from './changesets.ts';
import { errorPageProblems } from './error-page.ts';
import { lengthProblems } from './file-length.ts';
import { linkProblems } from './links.ts';
import { lockfileProblems } from './lockfile.ts';
import { outsideWorldProblems } from './outside-world.ts';
import { readmeProblems } from './readmes.ts';
import { snippetProblems } from './snippets.ts';
import type { TextFile } from './text-file.ts';

const listing = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { encoding: 'utf8' });
const paths = listing.split('\0').filter((path) => existsSync(path) && path !== '');
const files: readonly TextFile[] = paths
  .filter((path) => /\.(ts|mjs|md|yaml)$|package\.json$|^\.changeset\//.test(path) && !/^(api|bench)\//.test(path))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }));

const problems = [
  ...lengthProblems(files),
  ...outsideWorldProblems(files),
  ...lockfileProblems(files),
  ...linkProblems(files, paths),
  ...readmeProblems(files, paths),
  ...changesetProblems(files),
  ...(await errorPageProblems(files)),
  ...snippetProblems(files),
];
for (const problem of problems) process.stdout.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
