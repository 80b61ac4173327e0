// `npm run check`: everything that can be said about the code without testing it.
import { runNode } from './run-node.ts';

const fromSource = '--conditions=@tutti/source';
const cruiser = ['node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', '--config', '.dependency-cruiser.mjs'];

/** Each is a Node command line; all run even when one fails, so that one look shows everything. */
const checks: Readonly<Record<string, readonly string[]>> = {
  types: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'],
  'types of the examples': ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'examples'],
  'format and lint': ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  layers: [...cruiser, 'packages', 'examples', 'tools'],
  'nothing unused': ['node_modules/knip/bin/knip.js', '--no-progress', '--no-config-hints'],
  'own rules, links, snippets': [fromSource, 'tools/check/own-rules.ts'],
  packages: [fromSource, 'tools/pack-check.ts'],
  // reads what the packages were built into just now
  'public declarations': [fromSource, 'tools/api.ts', '--check'],
};

let failed = 0;
for (const [name, command] of Object.entries(checks)) {
  const startedAt = performance.now();
  const status = await runNode(command);
  if (status !== 0) failed++;
  process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - startedAt) / 1_000).toFixed(1)} s)\n`);
}
process.exitCode = failed === 0 ? 0 : 1;
