// `npm run bench -- AREA [flags]`: runs the scripts of `bench/` that measure an area, the kit beside its peers and the bare limit, and
// installs what it is measured beside, which is no part of the repository's own packages, the first time. Without it every
// bench has its own way of being started.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import candidate from '../bench/candidate.mjs';
import { runNode } from './run-node.ts';

/** Areas that are more than a script of their name. */
const composed: Readonly<Record<string, readonly (readonly string[])[]>> = {
  stores: [['--expose-gc', 'bench/stores.mjs'], ['bench/sqlite-writes.mjs']],
  mesh: [
    // of the guarded calls those that a call through the mesh is measured beside
    ['bench/b-resilience.mjs', '--candidate', 'bench/candidate.mjs', '--only', 'mesh,minimal,opossum,cockatiel wrap,moleculer'],
    ['bench/mesh-picks.mjs'],
    ['bench/mesh-http.mjs'],
  ],
  gateway: [[], ['--mode', 'secure'], ['--mode', 'secure', '--alg', 'ES256']].map((mode) => [
    'bench/a-gateway.mjs',
    '--candidate',
    'bench/candidate.mjs',
    ...mode,
  ]),
  messaging: [
    ['bench/c-events.mjs', '--candidate', 'bench/candidate.mjs'],
    ['bench/c-bus.mjs', '--candidate', 'bench/candidate.mjs'],
  ],
};

/** `b-resilience.mjs` measures `resilience`; the kit stands beside the contestants where its candidate has an entry. */
const areas = new Map<string, readonly (readonly string[])[]>(Object.entries(composed));
for (const file of readdirSync('bench').filter((name) => name.endsWith('.mjs') && !name.startsWith('candidate'))) {
  const script = file.replace(/\.mjs$/, '');
  const area = script.replace(/^[a-z]-/, '');
  if (!areas.has(area))
    areas.set(area, [[`bench/${file}`, ...(script in candidate || area in candidate ? ['--candidate', 'bench/candidate.mjs'] : [])]]);
}

const [area, ...flags] = process.argv.slice(2);
const every = area === undefined ? undefined : areas.get(area);
/** Where a flag says which of an area's ways is meant, one of them is enough. */
const commands = flags.includes('--mode') ? every?.slice(0, 1) : every;
if (commands === undefined) {
  const known = [...areas.keys()].toSorted().join(' | ');
  process.stderr.write(`${area === undefined ? 'Which area?' : `There is no area '${area}'.`} npm run bench -- ${known}\n`);
  process.exitCode = 2;
} else {
  installPeers();
  if (area === 'gateway') await runNode(['tools/build.ts', '@tutti/core', '@tutti/mesh', '@tutti/gateway']);
  process.env['NODE_OPTIONS'] = '--conditions=@tutti/source'; // for the processes that the scripts start
  for (const command of commands) process.exitCode ||= await runNode([...command, ...flags]);
}

/** npm leaves that file when it has finished. */
function installPeers(): void {
  const installed = 'bench/node_modules/.package-lock.json';
  if (existsSync(installed) && statSync(installed).mtimeMs > statSync('bench/package.json').mtimeMs) return;
  process.stderr.write('Installing what is measured beside the kit …\n');
  const command = ['install', '--legacy-peer-deps', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', command, { cwd: 'bench', stdio: ['ignore', 'ignore', 'inherit'] });
}
