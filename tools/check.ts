// `npm run check`: everything that can be said about the code without running it.
import { spawnSync } from 'node:child_process';

const fromSource = '--conditions=@tutti/source';

/** Each is a Node command line; all run even when one fails, so that one look shows everything. */
const checks: readonly (readonly [name: string, ...command: string[]])[] = [
  ['types', 'node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'],
  ['format and lint', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  [
    'layers',
    'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
    '--config',
    '.dependency-cruiser.mjs',
    'packages',
    'examples',
    'tools',
  ],
  ['nothing unused', 'node_modules/knip/bin/knip.js', '--no-progress'],
  ['own rules', fromSource, 'tools/check/own-rules.ts'],
  ['packages', fromSource, 'tools/pack-check.ts'],
];

let failed = 0;
for (const [name, ...command] of checks) {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, command, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) failed++;
  process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - startedAt) / 1_000).toFixed(1)} s)\n`);
}
process.exitCode = failed === 0 ? 0 : 1;
