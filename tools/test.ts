// `npm test`: every suite, the quick ones first and the ones that start and kill processes after them, one file at a time.
// Without it suites would compete for two cores and time out, and a suite that skipped itself would go unnoticed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closingLine, type Report, totals } from './test/closing-line.ts';

const processSuites = '**/*.{crash,e2e}.test.ts';
const budgetMinutes = 10;

const suites = [
  { name: 'units, laws, properties, examples', args: ['--exclude', processSuites] },
  { name: 'processes', args: ['--no-file-parallelism', '.crash.test.ts', '.e2e.test.ts'] },
] as const;

const filters = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'tutti-test-'));
const reports: Report[] = [];
const startedAt = performance.now();
let failed = false;

for (const [index, { name, args }] of suites.entries()) {
  const file = join(folder, `${index}.json`);
  const suiteStartedAt = performance.now();
  const { status } = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--passWithNoTests',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
      ...args,
      ...filters,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  failed ||= status !== 0;
  reports.push(JSON.parse(readFileSync(file, 'utf8')) as Report);
  process.stdout.write(`${name}: ${minutes(suiteStartedAt)} min\n\n`);
}
rmSync(folder, { recursive: true });

const { skipped } = totals(reports);
for (const title of skipped) process.stdout.write(`skipped: ${title}\n`);
if (performance.now() - startedAt > budgetMinutes * 60_000) {
  process.stdout.write(`The tests took ${minutes(startedAt)} min; the budget is ${budgetMinutes}.\n`);
  failed = true;
}
process.stdout.write(`${closingLine(reports)}\n`);
process.exitCode = failed ? 1 : 0;

function minutes(since: number): string {
  return ((performance.now() - since) / 60_000).toFixed(1);
}
