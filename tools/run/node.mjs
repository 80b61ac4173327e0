// Finds a Node that the packages support; older ones bundle an SQLite that can lose a write-ahead log.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const wanted = '24.21.0';

/** As `engines` in package.json says: >=22.23 <23 || >=24.15. */
export function isSupported(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  return (major === 22 && minor >= 23) || (major === 24 && minor >= 15) || major > 24;
}

/** The path of a Node to run tasks with: this one, or one that npm fetches. */
export function findNode(root) {
  if (isSupported(process.version)) return process.execPath;
  const memo = join(root, 'node_modules', '.cache', 'tutti', 'node-path');
  if (existsSync(memo)) {
    const known = readFileSync(memo, 'utf8');
    if (existsSync(known) && versionOf(known) === `v${wanted}`) return known;
  }
  process.stderr.write(`This is Node ${process.version}; fetching Node ${wanted} …\n`);
  const answer = spawnSync('npx', ['--yes', '-p', `node@${wanted}`, 'node', '-p', 'process.execPath'], { cwd: root, encoding: 'utf8' });
  const path = answer.stdout?.trim().split('\n').pop();
  if (answer.status !== 0 || !path || versionOf(path) !== `v${wanted}`) {
    throw new Error(
      `Node ${wanted} could not be fetched from the npm registry. Check the network and run again, or install a Node that is >=22.23 <23 or >=24.15.\n${answer.stderr ?? ''}`,
    );
  }
  if (existsSync(join(root, 'node_modules'))) {
    mkdirSync(dirname(memo), { recursive: true });
    writeFileSync(memo, path);
  }
  return path;
}

function versionOf(path) {
  return spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.trim();
}
