// `npm test`: every suite, the quick ones first, then the ones that start and kill processes, then those that must be alone.
// Without it suites would compete for two cores and time out, and a suite that skipped itself would go unnoticed.
// With --faults (`npm run test:faults`): only the tests that kill and simulate, at the size that counts instead of a tenth of it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runNode } from './run-node.ts';
import { closingLine, type Report, slowestFiles, totals } from './test/test-report.ts';

/** The projects of vitest.config.ts. */
const suites = [
  { project: 'quick', title: 'units, laws, properties, examples' },
  { project: 'processes', title: 'processes that are killed' },
  { project: 'alone', title: 'real time, nothing beside it' },
] as const;
const faultTests = ['.crash.test.', '.simulation.test.', 'packages/messaging/test/'];

const args = process.argv.slice(2);
const faults = args.includes('--faults');
if (faults) process.env['TUTTI_FAULTS'] = 'full';
const budgetMinutes = faults ? 60 : 18;
const paths = args.filter((arg) => arg !== '--faults' && !arg.startsWith('--project='));
const filters = faults && paths.length === 0 ? faultTests : paths;
const isWanted = ({ project }: (typeof suites)[number]): boolean =>
  !args.some((arg) => arg.startsWith('--project=')) || args.includes(`--project=${project}`);
const folder = mkdtempSync(join(tmpdir(), 'tutti-test-'));
const reports: Report[] = [];
const startedAt = performance.now();
let failed = false;

if (process.env['TUTTI_INSTALL_SERVICES'] === '1') await runNode(['--conditions=@tutti/source', 'tools/services.ts', 'install']);

for (const { project, title } of suites.filter(isWanted)) {
  const file = join(folder, `${project}.json`);
  const suiteStartedAt = performance.now();
  const status = await runNode([
    'node_modules/vitest/vitest.mjs',
    'run',
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    `--project=${project}`,
    ...filters,
  ]);
  failed ||= status !== 0;
  reports.push({ ...reportIn(file), broken: status !== 0 });
  process.stdout.write(`${title}: ${minutes(suiteStartedAt)} min\n\n`);
}
rmSync(folder, { recursive: true });

for (const title of totals(reports).skipped) process.stdout.write(`skipped: ${title}\n`);
if (performance.now() - startedAt > budgetMinutes * 60_000) {
  process.stdout.write(`The tests took ${minutes(startedAt)} min; the budget is ${budgetMinutes}. The longest:\n`);
  for (const line of slowestFiles(reports, 5)) process.stdout.write(`  ${line}\n`);
  failed = true;
}
if (reports.every(({ testResults }) => testResults.length === 0)) {
  process.stdout.write('No test has such a path.\n');
  failed = true;
}
process.stdout.write(`${closingLine(reports)}\n`);
process.exitCode = failed ? 1 : 0;

/** Empty when vitest fell over before it could write one. */
function reportIn(file: string): Omit<Report, 'broken'> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return { testResults: [] };
  }
}

function minutes(since: number): string {
  return ((performance.now() - since) / 60_000).toFixed(1);
}
