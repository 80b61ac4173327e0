// Finds a Node that the packages support; older ones bundle an SQLite that can lose a write-ahead log.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { npxArgs, npxEnv } from './npx.mjs';

const wanted = '24.21.0';
const memoOf = (root) => join(root, 'node_modules', '.cache', 'tutti', 'node-path');

/** The path of a Node within `engines` to run tasks with: this one, or one that npm fetches. */
export function findNode(root, engines) {
  if (satisfies(process.version, engines)) return process.execPath;
  const known = remembered(root);
  if (known !== undefined && versionOf(known) === `v${wanted}`) return known;
  process.stderr.write(`This is Node ${process.version}; looking for Node ${wanted} …\n`);
  // started through npx for its path only: no npx stays between the runner and the task
  const { status, stdout, stderr } = spawnSync('npx', [...npxArgs, '-p', `node@${wanted}`, 'node', '-p', 'process.execPath'], {
    cwd: root,
    encoding: 'utf8',
    env: npxEnv,
  });
  const path = stdout?.trim().split('\n').pop();
  if (status === 0 && path && versionOf(path) === `v${wanted}`) return path;
  const ways = `Check the network and the npm registry and run the same command again, or put a Node that is ${engines} in the PATH.`;
  throw new Error(`Node ${wanted} could not be fetched. ${ways}\n${stderr?.trim() ?? 'npx is not in the PATH.'}`);
}

/** Only inside an installed node_modules, so that a folder with nothing but a memo is never taken for one. */
export function rememberNode(root, path) {
  if (path === process.execPath || path === remembered(root)) return;
  mkdirSync(dirname(memoOf(root)), { recursive: true });
  writeFileSync(memoOf(root), path);
}

/** Knows the comparisons our `engines` use: `>=22.23 <23 || >=24.15`. */
export function satisfies(version, engines) {
  const actual = numberOf(version.replace(/^v/, ''));
  return engines.split('||').some((range) =>
    range
      .trim()
      .split(/\s+/)
      .every((bound) => (bound.startsWith('>=') ? actual >= numberOf(bound.slice(2)) : actual < numberOf(bound.slice(1)))),
  );
}

/** Major and minor as one number. */
function numberOf(version) {
  const [major, minor = 0] = version.split('.').map(Number);
  return major * 10_000 + minor;
}

function remembered(root) {
  try {
    return readFileSync(memoOf(root), 'utf8');
  } catch {
    return undefined;
  }
}

function versionOf(path) {
  return spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.trim();
}
