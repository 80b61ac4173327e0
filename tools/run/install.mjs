// Installs what a task needs, once per lockfile. A half finished install leaves no stamp, so it is done again.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const scopes = {
  platform: { words: 'what the platform needs', args: ['--filter', '@tutti/platform...'] },
  everything: { words: 'everything', args: [] },
};

/** @param need 'platform' installs the platform's closure only; 'everything' also serves the platform. */
export async function install(root, need) {
  if (isInstalled(root, need)) return;
  const release = await lock(root);
  try {
    if (isInstalled(root, need)) return;
    const startedAt = Date.now();
    process.stderr.write(`Installing ${scopes[need].words} …\n`);
    rmSync(stampOf(root), { force: true });
    await pnpm(root, ['install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn', ...scopes[need].args]);
    mkdirSync(dirname(stampOf(root)), { recursive: true });
    writeFileSync(stampOf(root), JSON.stringify({ lockfile: lockfileOf(root), scope: need }));
    process.stderr.write(`Installed in ${Math.round((Date.now() - startedAt) / 1000)} s\n`);
  } finally {
    release();
  }
}

const stampOf = (root) => join(root, 'node_modules', '.tutti-installed.json');
const lockfileOf = (root) =>
  createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex');

function isInstalled(root, need) {
  if (!existsSync(stampOf(root))) return false;
  const { lockfile, scope } = JSON.parse(readFileSync(stampOf(root), 'utf8'));
  return lockfile === lockfileOf(root) && (scope === 'everything' || scope === need);
}

function pnpm(root, args) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const child = spawn('npx', ['--yes', packageManager, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CI: 'true' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(
            `The packages could not be installed. Check the network and the npm registry, then run the same command again.\n${output.trim()}`,
          ),
        );
    });
  });
}

/** Two runners at once would write the same folder. The lock of a runner that died is taken over. */
async function lock(root) {
  const path = join(root, '.tutti', 'install-lock');
  mkdirSync(dirname(path), { recursive: true });
  for (let told = false; ; told = true) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST')
        throw new Error(`The folder ${root} cannot be written (${error.code}); mend its permissions or clone elsewhere.`);
      if (!isAlive(Number(readFileSync(path, 'utf8')))) rmSync(path, { force: true });
      else if (!told) process.stderr.write('Waiting for another install in this folder …\n');
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function isAlive(pid) {
  if (pid === 0) return true; // being written right now
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
