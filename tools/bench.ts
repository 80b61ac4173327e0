// `npm run bench -- AREA [flags]`: runs the script of `bench/` that measures an area, and installs what it is measured beside,
// which is no part of the repository's own packages, the first time. Without it every bench has its own way of being started.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { runNode } from './run-node.ts';

/** `b-resilience.mjs` measures `resilience`, `sqlite-writes.mjs` measures `sqlite-writes`. */
const scripts = new Map(
  readdirSync('bench')
    .filter((file) => file.endsWith('.mjs') && !file.includes('.example.'))
    .map((file) => [file.replace(/^[a-z]-|\.mjs$/g, ''), file]),
);

const [area, ...flags] = process.argv.slice(2);
const script = area === undefined ? undefined : scripts.get(area);
if (script === undefined) {
  const areas = [...scripts.keys()].toSorted().join(' | ');
  process.stderr.write(`${area === undefined ? 'Which area?' : `There is no area '${area}'.`} npm run bench -- ${areas}\n`);
  process.exitCode = 2;
} else {
  installPeers();
  process.exitCode = await runNode(['--conditions=@tutti/source', `bench/${script}`, ...flags]);
}

/** npm leaves that file when it has finished. */
function installPeers(): void {
  if (existsSync('bench/node_modules/.package-lock.json')) return;
  process.stderr.write('Installing what is measured beside the kit …\n');
  const command = ['install', '--legacy-peer-deps', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', command, { cwd: 'bench', stdio: ['ignore', 'ignore', 'inherit'] });
}
