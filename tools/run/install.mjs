// Installs what a task needs, once per lockfile. A half finished install leaves no stamp, so it is done again.
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockInstall } from './install-lock.mjs';
import { npxArgs, npxEnv } from './npx.mjs';
import { supervise } from './supervise.mjs';

const scopes = {
  platform: { words: 'what the platform needs', args: ['--prod', '--filter', '@tutti/platform...'] },
  everything: { words: 'everything', args: [] },
};

/**
 * @param need 'platform' installs the platform's closure only; 'everything' also serves the platform.
 * @returns the exit status the runner should end with, 0 to go on.
 */
export async function install(root, need, packageManager) {
  if (isInstalled(root, need)) return 0;
  const lock = await lockInstall(root);
  try {
    if (isInstalled(root, need)) return 0;
    return await installWith(packageManager, root, need, lock);
  } finally {
    lock.release();
  }
}

async function installWith(packageManager, root, need, lock) {
  const { words, args } = scopes[need];
  const finish = progress(`Installing ${words}`);
  rmSync(stampOf(root), { force: true });
  let said = '';
  const { status, interrupted } = await supervise(
    'npx',
    [
      ...npxArgs,
      packageManager,
      'install',
      '--frozen-lockfile',
      '--reporter=append-only',
      '--loglevel=warn',
      '--config.confirmModulesPurge=false',
      ...args,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...npxEnv, CI: 'true' }, // never ask, nobody answers
    },
    {
      started: (group) => lock.installer(group),
      heard: (chunk) => {
        said += chunk;
      },
    },
  );
  if (interrupted !== undefined) return interrupted;
  if (status !== 0) {
    const way = 'Check the network and the npm registry, then run the same command again: it starts afresh.';
    throw new Error(`The packages could not be installed. ${way}\n${said.trim()}`);
  }
  writeFileSync(stampOf(root), JSON.stringify({ lockfile: hashOfLockfile(root), scope: need }));
  finish();
  return 0;
}

function isInstalled(root, need) {
  try {
    const { lockfile, scope } = JSON.parse(readFileSync(stampOf(root), 'utf8'));
    return lockfile === hashOfLockfile(root) && (scope === 'everything' || scope === need);
  } catch {
    return false; // no stamp, or one that was being written when the power failed
  }
}

function stampOf(root) {
  return join(root, 'node_modules', '.tutti-installed.json');
}

function hashOfLockfile(root) {
  const lockfile = readFileSync(join(root, 'pnpm-lock.yaml'));
  return createHash('sha256').update(lockfile).digest('hex');
}

/** A line that counts seconds on a terminal, and one line every ten seconds elsewhere. */
function progress(words) {
  const startedAt = Date.now();
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  const { isTTY } = process.stderr;
  process.stderr.write(`${words} …${isTTY ? '' : '\n'}`);
  const timer = setInterval(
    () => process.stderr.write(isTTY ? `\r${words} … ${seconds()}` : `${words} … ${seconds()} so far\n`),
    isTTY ? 1_000 : 10_000,
  );
  timer.unref();
  return () => {
    clearInterval(timer);
    process.stderr.write(`${isTTY ? '\r' : ''}Installed in ${seconds()}${isTTY ? ' '.repeat(words.length) : ''}\n`);
  };
}
